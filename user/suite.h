/* SPDX-License-Identifier: GPL-2.0-only */
/* Several benchmarks, in one pass or more over all of them. */
#ifndef VBENCH_SUITE_H
#define VBENCH_SUITE_H

#include "runner.h"

struct suite {
	struct runner *runner;
	struct results *results; /* of what was asked for */
	/* Once for each benchmark, when its result is final. */
	void (*done)(const struct result *res, void *arg);
	/* After each spell: results have become better. */
	void (*better)(void *arg);
	void *arg;
	/* The rest is the suite's own. */
	struct results aside; /* of empty loops that were not asked for */
	struct suite_item *items;
	size_t nitems;
	u64 begin;
	double budgets; /* that were had by now */
};

/*
 * Runs @n benchmarks of @list and their empty loops.  0, or -EINTR (the session
 * is to end) or -ENOMEM; whatever had enough samples by then has a result.
 */
int suite_run(struct suite *su, const struct bench_entry **list, size_t n);

#endif
