/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How a benchmark's time is shared among passes over the suite, and when it has
 * had enough: pure, no I/O.  What a benchmark does in one pass is a spell.
 */
#ifndef VBENCH_PLAN_H
#define VBENCH_PLAN_H

#include <stddef.h>

#include "../bench/benchmarks.h"

/* With an operation so slow that even the fewest samples take too long. */
#define SAMPLES_LEAST 6
#define SAMPLES_MAX 4000

struct plan {
	u32 passes;
	double budget_s; /* of each benchmark, in all passes together */
	double precision; /* 0.01: 1 % */
};

/* Where a benchmark is. */
struct spell {
	u32 nth; /* from 0 */
	u32 of; /* spells in all */
	size_t samples; /* of this spell and those before it */
	size_t looked; /* how many there were at the last look at the figures */
	double spent_s; /* in this spell */
};

/*
 * How many spells a benchmark has: one for each pass, but so few that what
 * comes before the samples of each, which takes @set_up_s, is no more than half
 * as long as they are to take.
 */
u32 plan_spells(const struct plan *p, bool one_spell, double set_up_s);
/* The pass, from 0, that the @nth of @of spells is in: spread over all. */
u32 plan_pass(const struct plan *p, u32 nth, u32 of);

/* Whether the spell has had its part of samples and time. */
bool plan_spell_over(const struct plan *p, const struct spell *sp);

/*
 * Whether the figures may now be looked at, and the benchmark ended before its
 * time if they are good enough.
 */
bool plan_may_stop(const struct plan *p, const struct spell *sp);

/*
 * Seconds for @left budgets, when @done of them took @took.
 */
double plan_left_s(const struct plan *p, double took, double done, double left);

#endif
