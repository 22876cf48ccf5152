// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "../bench/clock.h"
#include "active.h"
#include "say.h"
#include "suite.h"

#define LOOP_TRIES 3

struct suite_item {
	const struct bench_entry *e;
	bool aside;
	bool begun; /* @run is valid */
	bool concluded;
	struct run run;
};

static size_t find_item(const struct suite *su, const struct bench_entry *e)
{
	size_t i;

	for (i = 0; i < su->nitems; i++)
		if (su->items[i].e == e)
			break;
	return i;
}

static void add_item(struct suite *su, const struct bench_entry *e, bool aside)
{
	if (find_item(su, e) < su->nitems)
		return;
	su->items[su->nitems++] = (struct suite_item){ .e = e, .aside = aside };
}

static bool is_in(const struct bench_entry *e, const struct bench_entry **list,
		  size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (list[i] == e)
			return true;
	return false;
}

/* Other benchmarks subtract an empty loop, so it runs before them, also if the user did
 * not ask for it. */
static int make_items(struct suite *su, const struct bench_entry **list,
		      size_t n)
{
	const struct bench_entry *loop;

	/* Each may have a loop of its own. */
	su->items = calloc(2 * n, sizeof(*su->items));
	if (!su->items)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		loop = runner_loop_of(list[i]);
		if (loop)
			add_item(su, loop, !is_in(loop, list, n));
	}
	for (size_t i = 0; i < n; i++)
		add_item(su, list[i], false);
	return 0;
}

/* The rest of its budget. */
static double budgets_left(const struct suite_item *it)
{
	if (!it->begun)
		return 1;
	return it->run.over ? 0 : 1 - (double)it->run.nth / it->run.of;
}

static void show_progress(const struct suite *su, size_t i, u32 pass)
{
	const struct plan *plan = &su->runner->plan;
	double took = (double)(active_ns() - su->begin) / NSEC_PER_SEC;
	char name[BENCH_NAME_MAX], which[48] = "";
	double left = 0;

	for (size_t k = 0; k < su->nitems; k++)
		left += budgets_left(&su->items[k]);
	if (plan->passes > 1)
		snprintf(which, sizeof(which), "pass %u of %u, ", pass + 1,
			 plan->passes);
	say_progress("[%s%zu/%zu] %s, about %.0f s left", which, i + 1,
		     su->nitems,
		     bench_full_name(su->items[i].e, name, sizeof(name)),
		     plan_left_s(plan, took, su->budgets, left));
}

static int begin_item(struct suite *su, struct suite_item *it)
{
	struct results *to = it->aside ? &su->aside : su->results;
	char name[BENCH_NAME_MAX];
	struct result *res;

	bench_full_name(it->e, name, sizeof(name));
	res = results_add(to, name);
	if (!res)
		return -ENOMEM;
	runner_begin(su->runner, &it->run, it->e, res);
	it->run.trace &= !it->aside;
	it->begun = true;
	return 0;
}

static int one_spell(struct suite *su, struct suite_item *it, u32 pass)
{
	int ret = it->begun ? 0 : begin_item(su, it);

	if (ret || it->run.over)
		return ret;
	ret = runner_spell(&it->run, pass);
	/* The time of a skipped benchmark says nothing about the others. */
	if (it->run.res->status == RESULT_OK)
		su->budgets += 1.0 / it->run.of;
	if (!ret && !it->aside && it->run.res->status == RESULT_FAILED)
		say("%s failed: %s", it->run.res->name, it->run.res->reason);
	return ret;
}

/* A loop that others need is measured on another machine if one is lost. */
static int visit(struct suite *su, struct suite_item *it, u32 pass)
{
	int tries = it->aside && !it->begun ? LOOP_TRIES : 1;
	int ret;

	for (;;) {
		ret = one_spell(su, it, pass);
		if (ret || !--tries || it->run.res->status != RESULT_FAILED)
			return ret;
		runner_release(&it->run);
		it->begun = false;
	}
}

static void conclude(struct suite *su, struct suite_item *it)
{
	if (!it->begun || it->concluded)
		return;
	runner_conclude(&it->run);
	it->concluded = true;
	if (!it->aside)
		su->done(it->run.res, su->arg);
}

static bool has_its_turn(const struct suite *su, const struct suite_item *it,
			 u32 pass)
{
	const struct run *run = &it->run;

	if (!it->begun)
		return true;
	return !run->over &&
	       pass >= plan_pass(&su->runner->plan, run->nth, run->of);
}

static int one_pass(struct suite *su, u32 pass)
{
	bool last = pass + 1 == su->runner->plan.passes;
	struct suite_item *it;
	int ret;

	for (size_t i = 0; i < su->nitems; i++) {
		it = &su->items[i];
		if (has_its_turn(su, it, pass)) {
			show_progress(su, i, pass);
			ret = visit(su, it, pass);
			if (ret)
				return ret;
			su->better(su->arg);
		}
		if (last)
			conclude(su, it);
	}
	return 0;
}

int suite_run(struct suite *su, const struct bench_entry **list, size_t n)
{
	int ret = make_items(su, list, n);

	results_init(&su->aside);
	su->begin = active_ns();
	for (u32 pass = 0; pass < su->runner->plan.passes && !ret; pass++)
		ret = one_pass(su, pass);
	for (size_t i = 0; i < su->nitems; i++) {
		conclude(su, &su->items[i]);
		if (su->items[i].begun)
			runner_release(&su->items[i].run);
	}
	results_free(&su->aside);
	free(su->items);
	return ret;
}
