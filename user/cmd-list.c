// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <libsmartcols.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "commands.h"
#include "exit.h"
#include "launch.h"
#include "runner.h"
#include "say.h"
#include "select.h"

enum { COL_NAME, COL_TITLE, COL_LAST };

struct listing {
	const struct options *opt;
	const struct bench_entry **list;
	size_t n;
	struct libscols_table *tb;
};

static struct libscols_table *new_table(const char *last)
{
	struct libscols_table *tb = scols_new_table();

	if (!tb)
		return NULL;
	if (isatty(STDOUT_FILENO)) {
		scols_table_enable_colors(tb, 0);
	} else {
		scols_table_set_termforce(tb, SCOLS_TERMFORCE_NEVER);
	}
	scols_table_new_column(tb, "NAME", 0, SCOLS_FL_STRICTWIDTH);
	scols_table_new_column(tb, "MEASURES", 0, 0);
	scols_table_new_column(tb, last, 0, SCOLS_FL_TRUNC);
	return tb;
}

static int add_line(struct libscols_table *tb, const struct bench_entry *e,
		    const char *last)
{
	struct libscols_line *ln = scols_table_new_line(tb, NULL);
	char name[BENCH_NAME_MAX];

	if (!ln)
		return -ENOMEM;
	bench_full_name(e, name, sizeof(name));
	scols_line_set_data(ln, COL_NAME, name);
	scols_line_set_data(ln, COL_TITLE, e->bench->title);
	return scols_line_set_data(ln, COL_LAST, last);
}

static int list_all(struct listing *l)
{
	const char *exercises;
	int ret = 0;

	for (size_t i = 0; i < l->n && !ret; i++) {
		exercises = l->list[i]->bench->exercises;
		ret = add_line(l->tb, l->list[i], exercises ? exercises : "");
	}
	return ret ? EXIT_FAILED : EXIT_OK;
}

/* The table is filled and printed in the session's process. */
static int list_probed(struct session *s, void *arg)
{
	char why[MSG_TEXT_MAX + 16], reason[MSG_TEXT_MAX];
	struct listing *l = arg;
	struct runner r;
	int ret = 0;

	runner_init(&r, s, l->opt->seed, false, 1);
	for (size_t i = 0; i < l->n && !ret; i++) {
		say_progress("asking about %s", l->list[i]->bench->name);
		ret = runner_probe(&r, l->list[i], reason, sizeof(reason));
		if (ret)
			break;
		snprintf(why, sizeof(why), "%s%s",
			 reason[0] ? "skipped: " : "runs", reason);
		ret = add_line(l->tb, l->list[i], why);
	}
	say_progress("%s", "");
	scols_print_table(l->tb);
	fflush(stdout);
	if (s->exit_status)
		return s->exit_status;
	return ret ? EXIT_FAILED : EXIT_OK;
}

int cmd_list(const struct options *opt)
{
	struct listing l = { .opt = opt };
	char why[1024];
	int ret;

	l.list = select_benchmarks(opt->patterns, opt->npatterns, &l.n, why,
				   sizeof(why));
	if (!l.list) {
		say("%s", why);
		return EXIT_USAGE;
	}
	scols_init_debug(0);
	l.tb = new_table(opt->backend ? "HERE" : "EXERCISES");
	if (!l.tb) {
		ret = EXIT_FAILED;
	} else if (opt->backend) {
		ret = launch(opt, 1, false, list_probed, &l);
	} else {
		ret = list_all(&l);
		scols_print_table(l.tb);
	}
	scols_unref_table(l.tb);
	free(l.list);
	return ret;
}
