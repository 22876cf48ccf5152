// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "commands.h"
#include "exit.h"
#include "launch.h"
#include "paths.h"
#include "runner.h"
#include "say.h"
#include "select.h"
#include "table.h"

enum { NAME, MEASURES, LAST };

struct listing {
	const struct options *opt;
	const struct bench_entry **list;
	size_t n;
	struct table *t;
};

static struct table *new_table(const char *last)
{
	struct table *t = table_new(stdout);

	if (t && !table_column(t, "BENCHMARK", COLUMN_TEXT) &&
	    !table_column(t, "MEASURES", COLUMN_TEXT) &&
	    !table_column(t, last, COLUMN_REST))
		return t;
	table_free(t);
	return NULL;
}

static int add_line(struct table *t, const struct bench_entry *e,
		    const char *last)
{
	char name[BENCH_NAME_MAX];
	int ret = table_line(t);

	if (ret)
		return ret;
	bench_full_name(e, name, sizeof(name));
	return table_cell(t, NAME, name) |
	       table_cell(t, MEASURES, e->bench->title) |
	       table_cell(t, LAST, last ? last : "");
}

static int list_all(struct listing *l)
{
	for (size_t i = 0; i < l->n; i++)
		if (add_line(l->t, l->list[i], l->list[i]->bench->exercises))
			return EXIT_FAILED;
	table_print(l->t);
	return EXIT_OK;
}

static int probe_all(struct listing *l, struct session *s)
{
	char why[MSG_TEXT_MAX + 16], reason[MSG_TEXT_MAX];
	struct runner r;
	int ret = 0;

	runner_init(&r, s, l->opt->seed, &(struct plan){ 0 });
	for (size_t i = 0; i < l->n && !ret; i++) {
		say_progress("asking about %s", l->list[i]->bench->name);
		ret = runner_probe(&r, l->list[i], reason, sizeof(reason));
		if (ret)
			break;
		snprintf(why, sizeof(why), "%s%s",
			 reason[0] ? "skipped: " : "runs", reason);
		ret = add_line(l->t, l->list[i], why);
		if (reason[0])
			table_dim(l->t);
	}
	return ret;
}

/* Runs in the session's process, which therefore prints the table. */
static int list_probed(struct session *s, void *arg)
{
	struct listing *l = arg;
	int ret = probe_all(l, s);

	say_progress("%s", "");
	table_print(l->t);
	fflush(stdout);
	if (s->exit_status)
		return s->exit_status;
	return ret ? EXIT_FAILED : EXIT_OK;
}

/*
 * "list fork" can only mean the benchmark: the first word is a backend only
 * where there is one of that name or no benchmark is.
 */
static bool names_backend(const struct options *opt)
{
	struct backend b;
	char why[1024];
	size_t n;
	const struct bench_entry **list;
	char *word = (char *)opt->backend;

	if (!data_dir() ||
	    !backend_find(&b, data_dir(), opt->backend, why, sizeof(why)))
		return true;
	list = select_benchmarks(&word, 1, &n, why, sizeof(why));
	free(list);
	return !list;
}

static struct options without_backend(const struct options *opt)
{
	struct options o = *opt;

	if (o.backend && !names_backend(opt)) {
		/* The words are neighbours in argv. */
		o.patterns = opt->npatterns ? opt->patterns - 1 :
					      (char **)&opt->backend;
		o.npatterns++;
		o.backend = NULL;
	}
	return o;
}

int cmd_list(const struct options *opt)
{
	struct options o = without_backend(opt);
	struct listing l = { .opt = &o };
	int ret = EXIT_FAILED;
	char why[1024];

	l.list = select_benchmarks(o.patterns, o.npatterns, &l.n, why,
				   sizeof(why));
	if (!l.list) {
		say("%s", why);
		return EXIT_USAGE;
	}
	l.t = new_table(o.backend ? "HERE" : "EXERCISES");
	if (l.t && o.backend)
		ret = launch(&o, 1, false, list_probed, &l);
	else if (l.t)
		ret = list_all(&l);
	table_free(l.t);
	free(l.list);
	return ret;
}
