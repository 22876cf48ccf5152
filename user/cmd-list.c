// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "exit.h"
#include "launch.h"
#include "listing.h"
#include "output.h"
#include "paths.h"
#include "runner.h"
#include "say.h"
#include "select.h"
#include "stdout.h"
#include "table.h"

enum { NAME, MEASURES, LAST };

static struct table *list_table(const struct listing *l)
{
	struct table *t = table_new(stdout);

	if (t && !table_column(t, "BENCHMARK", COLUMN_TEXT) &&
	    !table_column(t, "MEASURES", COLUMN_TEXT) &&
	    !table_column(t, l->reason ? "HERE" : "EXERCISES", COLUMN_REST))
		return t;
	table_free(t);
	return NULL;
}

static int list_line(struct table *t, const struct listing *l, size_t i)
{
	const struct bench_entry *e = l->list[i];
	char name[BENCH_NAME_MAX], here[MSG_TEXT_MAX + 16];
	const char *last = e->bench->exercises;
	int ret = table_line(t);

	if (ret)
		return ret;
	if (l->reason) {
		snprintf(here, sizeof(here), "%s%s",
			 l->reason[i][0] ? "skipped: " : "runs", l->reason[i]);
		last = here;
	}
	bench_full_name(e, name, sizeof(name));
	ret = table_cell(t, NAME, name) |
	      table_cell(t, MEASURES, e->bench->title) |
	      table_cell(t, LAST, last ? last : "");
	if (l->reason && l->reason[i][0])
		table_dim(t);
	return ret;
}

static int list_print(const struct listing *l)
{
	struct table *t = list_table(l);
	int ret = t ? 0 : -ENOMEM;

	for (size_t i = 0; i < l->n && !ret; i++)
		ret = list_line(t, l, i);
	if (!ret)
		table_print(t);
	table_free(t);
	return ret;
}

/* In memory first: only a complete document may replace a file. */
static int list_write_json(const struct listing *l)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);
	int ret = f ? listing_json(f, l) : -ENOMEM;

	if (f && fclose(f))
		ret = -ENOMEM;
	if (!ret && l->file.fd >= 0)
		ret = outfile_put(&l->file, text, len);
	else if (!ret)
		stdout_write(text, len);
	free(text);
	return ret;
}

/* Runs in the session's process, if there is one. */
static int list_show(const struct listing *l)
{
	int ret = l->json ? list_write_json(l) : list_print(l);

	if (!ret && (!l->json || l->file.fd < 0))
		return stdout_printed("print the list") ? EXIT_OK : EXIT_FAILED;
	if (!ret)
		return EXIT_OK;
	say("cannot write the list: %s", strerror(-ret));
	return EXIT_FAILED;
}

static int list_probe(struct listing *l, struct session *s)
{
	struct runner r;
	int ret = 0;

	l->reason = calloc(l->n + 1, sizeof(*l->reason));
	if (!l->reason)
		return -ENOMEM;
	runner_init(&r, s, l->opt->seed, &(struct plan){ 0 });
	for (size_t i = 0; i < l->n && !ret; i++) {
		say_progress("asking about %s", l->list[i]->bench->name);
		ret = runner_probe(&r, l->list[i], l->reason[i],
				   sizeof(l->reason[i]));
		if (ret)
			l->n = i;
	}
	return ret;
}

/* A table may lack its end.  A program would take such a document for the whole. */
static int list_show_part(const struct listing *l)
{
	if (l->json) {
		say("--json=%s is not written: the list would be incomplete",
		    l->opt->outputs[0].path);
		return EXIT_FAILED;
	}
	if (l->reason)
		list_show(l);
	say("the list is incomplete");
	return EXIT_FAILED;
}

static int list_probed(struct session *s, void *arg)
{
	struct listing *l = arg;
	int ret;

	snprintf(l->backend, sizeof(l->backend), "%s", s->backend.name);
	text_clean(l->backend);
	ret = list_probe(l, s);
	say_progress("%s", "");
	ret = ret ? list_show_part(l) : list_show(l);
	free(l->reason);
	l->reason = NULL;
	return s->exit_status ? s->exit_status : ret;
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
	/* The start of the backend fails, which is the other half of the answer. */
	if (!list)
		say("%s", why);
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

static const char *list_open_json(struct listing *l, const char *path, size_t i)
{
	const char *dir = getenv(ENV_OUTPUT_DIR);
	char place[PATH_MAX];

	if (outfile_standard(path) == STDOUT_FILENO)
		return NULL;
	if (dir)
		outputs_place(place, dir, i);
	return outfile_open(&l->file, dir ? place : path, "json");
}

static int list_open(struct listing *l)
{
	const char *path, *why;

	for (size_t i = 0; i < l->opt->noutputs; i++) {
		path = l->opt->outputs[i].path;
		if (l->json ||
		    strcmp(l->opt->outputs[i].report->name, "json")) {
			say("list writes one JSON document (--json[=FILE]) and "
			    "no other format");
			return -EINVAL;
		}
		l->json = true;
		why = list_open_json(l, path, i);
		if (!why)
			continue;
		say("--json=%s cannot be written: %s", path, why);
		return -EINVAL;
	}
	return 0;
}

static int list_close(struct listing *l, int ret)
{
	if (!outfile_settle(&l->file) && !ret)
		return EXIT_FAILED;
	return ret;
}

/* One machine would be enough, but some backends start two or more differently. */
static u32 list_machines(const struct options *opt)
{
	return opt->machines < 2 ? opt->machines : 2;
}

int cmd_list(const struct options *opt)
{
	struct options o = without_backend(opt);
	struct listing l = { .opt = &o, .file.fd = -1 };
	int ret = EXIT_USAGE;
	char why[1024];

	l.list = options_select(&o, &l.n, why, sizeof(why));
	if (!l.list) {
		say("%s", text_clean(why));
		return EXIT_USAGE;
	}
	if (list_open(&l))
		goto out;
	if (o.backend)
		ret = launch(&o, list_machines(&o), false, list_probed, &l);
	else
		ret = list_show(&l);
	ret = ret == EXIT_NOT_HERE ? EXIT_NOTHING : ret;
out:
	free(l.list);
	return list_close(&l, ret);
}
