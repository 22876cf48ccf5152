// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "commands.h"
#include "environment.h"
#include "exit.h"
#include "launch.h"
#include "output.h"
#include "say.h"
#include "stdout.h"
#include "suite.h"
#include "trace-pass.h"
#include "trace.h"

#define PRECISION 0.01
#define PRECISION_ROUGH 0.05

struct job {
	const struct options *opt;
	const struct bench_entry **list;
	size_t n;
	struct outputs outputs;
	struct results results;
	struct runner runner;
};

static void done(const struct result *res, void *arg)
{
	struct job *job = arg;

	outputs_result(&job->outputs, &job->results, res);
}

static void better(void *arg)
{
	struct job *job = arg;

	outputs_update(&job->outputs, &job->results);
}

/* Where a report was asked for that judges. */
static bool unsound(const struct job *job)
{
	const struct options *opt = job->opt;
	bool judged = false;

	for (size_t i = 0; i < opt->noutputs; i++)
		judged |= opt->outputs[i].report->judges;
	for (size_t i = 0; judged && i < job->results.nitems; i++)
		if (!result_sound(job->results.items[i]))
			return true;
	return false;
}

static int verdict(const struct job *job, const struct session *s, bool saved)
{
	size_t failed = results_count(&job->results, RESULT_FAILED);

	if (s->exit_status)
		return s->exit_status;
	if (failed || !saved || unsound(job))
		return EXIT_FAILED;
	for (u32 i = 0; i < s->nmachines; i++)
		if (s->machines[i].state == MACHINE_LOST)
			return EXIT_FAILED;
	return EXIT_OK;
}

/* Prints the table and writes the rest: false if anything failed. */
static bool report_all(struct job *job)
{
	FILE *out = job->outputs.on_stdout ? stderr : stdout;
	bool saved;

	report_text(out, &job->results, job->opt->distribution);
	saved = outputs_end(&job->outputs, &job->results);
	if (stdout_flush())
		return saved;
	stdout_say("print the results");
	outputs_rescue(&job->outputs, &job->results);
	return false;
}

static int run_all(struct session *s, void *arg)
{
	struct job *job = arg;
	const struct options *opt = job->opt;
	const struct plan plan = {
		.passes = opt->passes,
		.budget_s = opt->budget_s,
		.precision = opt->rough ? PRECISION_ROUGH : PRECISION,
	};
	struct suite suite = {
		.runner = &job->runner,
		.results = &job->results,
		.done = done,
		.better = better,
		.arg = job,
	};
	bool saved, whole;

	snprintf(job->results.backend, sizeof(job->results.backend), "%s",
		 s->backend.name);
	/* A folder's name need not be UTF-8, but JSON needs UTF-8. */
	text_clean(job->results.backend);
	job->results.machines = session_up(s);
	job->results.seed = opt->seed;
	job->results.budget_s = opt->budget_s;
	runner_init(&job->runner, s, opt->seed, &plan);
	job->results.precision = plan.precision;
	job->results.passes = plan.passes;
	job->results.planned = job->n;
	if (environment_fill(&job->results, s))
		return EXIT_FAILED;
	if (trace_pass_check(s))
		return EXIT_NOTHING;
	if (s->trace && results_env(&job->results, "trace.tier", "%c",
				    trace_tier(s->trace)))
		return EXIT_FAILED;
	job->runner.trace = s->trace != NULL;
	outputs_begin(&job->outputs, &job->results);
	whole = suite_run(&suite, job->list, job->n) != -ENOMEM;
	say_progress("%s", "");
	if (!whole)
		say("out of memory: not all benchmarks ran");
	saved = report_all(job);
	return verdict(job, s, saved && whole);
}

int cmd_run(const struct options *opt)
{
	struct job job = { .opt = opt };
	bool want_host = false;
	char why[1024];
	int ret;

	job.list = options_select(opt, &job.n, why, sizeof(why));
	if (!job.list) {
		say("%s", text_clean(why));
		return EXIT_USAGE;
	}
	for (size_t i = 0; i < job.n; i++)
		want_host |= job.list[i]->bench->server->with_host;
	results_init(&job.results);
	if (outputs_open(&job.outputs, opt)) {
		ret = EXIT_USAGE;
		goto out;
	}
	ret = launch(opt, opt->machines, want_host, run_all, &job);
	if (ret == EXIT_NOT_HERE) {
		outputs_skip(&job.outputs, opt);
		ret = EXIT_NOTHING;
	}
	if (!outputs_settle(&job.outputs) && !ret)
		ret = EXIT_FAILED;
out:
	results_free(&job.results);
	free(job.list);
	return ret;
}
