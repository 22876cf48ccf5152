// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../bench/clock.h"
#include "commands.h"
#include "environment.h"
#include "exit.h"
#include "launch.h"
#include "output.h"
#include "runner.h"
#include "say.h"
#include "select.h"
#include "trace-pass.h"
#include "trace.h"

#define LOOP_TRIES 3

struct suite {
	const struct options *opt;
	const struct bench_entry **list;
	size_t n;
	struct outputs outputs;
	struct results results;
	struct runner runner;
	u64 begin;
};

static void show_progress(const struct suite *su, size_t i, const char *name)
{
	double each = su->opt->budget_s, left;

	if (i)
		each = (double)(clock_ns() - su->begin) / NSEC_PER_SEC / i;
	left = each * (su->n - i);
	say_progress("[%zu/%zu] %s, about %.0f s left", i + 1, su->n, name,
		     left);
}

static int run_one(struct suite *su, size_t i)
{
	char name[BENCH_NAME_MAX];
	struct result *res;
	int ret;

	bench_full_name(su->list[i], name, sizeof(name));
	res = results_add(&su->results, name);
	if (!res)
		return -ENOMEM;
	show_progress(su, i, name);
	ret = runner_run(&su->runner, su->list[i], res);
	if (ret == -EINTR) {
		result_fail(res, "interrupted");
		return ret;
	}
	if (res->status == RESULT_FAILED)
		say("%s failed: %s", name, res->reason);
	outputs_result(&su->outputs, &su->results, res);
	return ret;
}

/* An empty loop is taken off others, so it comes before them, ... */
static bool move_first(struct suite *su, const struct bench_entry *loop)
{
	size_t i;

	for (i = 0; i < su->n; i++)
		if (su->list[i] == loop)
			break;
	if (i == su->n)
		return false;
	memmove(su->list + 1, su->list, i * sizeof(*su->list));
	su->list[0] = loop;
	return true;
}

/* ... and is measured where it was not asked for; on another machine if one
 * is lost over it. */
static int run_aside(struct suite *su, const struct bench_entry *loop)
{
	char name[BENCH_NAME_MAX];
	struct results aside;
	struct result *res;
	int ret = 0;

	bench_full_name(loop, name, sizeof(name));
	results_init(&aside);
	for (int i = 0; i < LOOP_TRIES && !ret; i++) {
		res = results_add(&aside, name);
		if (res)
			ret = runner_run(&su->runner, loop, res);
		if (!res || res->status != RESULT_FAILED)
			break;
	}
	results_free(&aside);
	return ret;
}

/* One after the other: each benchmark before it has its own loop. */
static int run_loops(struct suite *su)
{
	const struct bench_entry *seen[LOOPS_MAX], *loop;
	size_t n = 0, s;
	int ret = 0;

	for (size_t i = 0; i < su->n && n < LOOPS_MAX && !ret; i++) {
		loop = runner_loop_of(su->list[i]);
		for (s = 0; s < n && seen[s] != loop; s++)
			;
		if (!loop || s < n)
			continue;
		seen[n++] = loop;
		if (!move_first(su, loop))
			ret = run_aside(su, loop);
	}
	return ret;
}

static int verdict(const struct suite *su, const struct session *s, bool saved)
{
	size_t failed = results_count(&su->results, RESULT_FAILED);

	if (s->exit_status)
		return s->exit_status;
	if (failed || !saved)
		return EXIT_FAILED;
	for (u32 i = 0; i < s->nmachines; i++)
		if (s->machines[i].state == MACHINE_LOST)
			return EXIT_FAILED;
	return EXIT_OK;
}

static int run_all(struct session *s, void *arg)
{
	struct suite *su = arg;
	bool saved;
	int ret;

	snprintf(su->results.backend, sizeof(su->results.backend), "%s",
		 s->backend.name);
	/* The name of a folder may be no UTF-8, and then no JSON. */
	text_clean(su->results.backend);
	su->results.machines = session_up(s);
	su->results.seed = su->opt->seed;
	su->results.budget_s = su->opt->budget_s;
	runner_init(&su->runner, s, su->opt->seed, su->opt->rough,
		    su->opt->budget_s);
	su->results.precision = su->runner.precision;
	if (environment_fill(&su->results, s))
		return EXIT_FAILED;
	if (trace_pass_check(s))
		return EXIT_NOTHING;
	if (s->trace &&
	    results_env(&su->results, "trace.tier", "%c", trace_tier(s->trace)))
		return EXIT_FAILED;
	outputs_begin(&su->outputs, &su->results);
	su->begin = clock_ns();
	ret = run_loops(su);
	su->runner.trace = s->trace != NULL;
	for (size_t i = 0; i < su->n && !ret; i++)
		ret = run_one(su, i);
	say_progress("%s", "");
	report_text(stdout, &su->results, su->opt->distribution);
	saved = outputs_end(&su->outputs, &su->results);
	if (fflush(stdout)) {
		say("cannot print the results: %s", strerror(errno));
		saved = false;
	}
	return verdict(su, s, saved);
}

int cmd_run(const struct options *opt)
{
	struct suite su = { .opt = opt };
	bool want_host = false;
	char why[1024];
	int ret;

	su.list = select_benchmarks(opt->patterns, opt->npatterns, &su.n, why,
				    sizeof(why));
	if (!su.list) {
		say("%s", why);
		return EXIT_USAGE;
	}
	for (size_t i = 0; i < su.n; i++)
		want_host |= su.list[i]->bench->server->with_host;
	results_init(&su.results);
	if (outputs_open(&su.outputs, opt)) {
		ret = EXIT_USAGE;
		goto out;
	}
	ret = launch(opt, opt->machines, want_host, run_all, &su);
	outputs_settle(&su.outputs);
out:
	results_free(&su.results);
	free(su.list);
	return ret;
}
