/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Statistics: pure functions of samples, no I/O.  The method and its evidence
 * are in Documentation/method.rst.
 */
#ifndef VBENCH_STATS_H
#define VBENCH_STATS_H

#include "../bench/benchmarks.h"

/*
 * The floor is this quantile of each spell's samples, and of these the other one:
 * where the variation is between spells, a quantile of all samples together does
 * not get steadier with more spells (method.rst, "Passes").
 */
#define FLOOR_QUANTILE 0.2
#define FLOOR_SPELLS 0.3

/* One sample: the time that @runs operations took together. */
struct point {
	u32 runs;
	u32 spell; /* those of one spell were taken together */
	double total; /* ns, or the benchmark's unit */
	bool tagged; /* disturbed: takes no part in the figures */
};

struct summary {
	size_t used; /* points that took part */
	size_t tagged; /* points that did not */
	bool all_tagged; /* no untagged ones were enough: all took part */
	double fixed; /* taken off each point's total: cost with 0 runs */
	double floor; /* for one operation, as all that follows */
	double typical; /* median of all */
	double p99;
	double min, max;
	double low, high; /* 95 % interval of the median, this session only */
	double spread; /* (3rd quartile - 1st quartile) / typical */
};

/* Quantile @q of @n sorted values, linear interpolation (Hyndman and Fan 1996,
 * type 7). */
double stats_quantile(const double *sorted, size_t n, double q);

/*
 * The 0-based ranks whose order statistics enclose the median with at least
 * 95 % (binomial; David and Nagaraja, Order Statistics, 7.1).  With fewer than
 * 6 values the whole range is the answer and false returned.
 */
bool stats_median_ranks(size_t n, size_t *low, size_t *high);

/* The time of one operation, and in which spell. */
struct spelled {
	double value;
	u32 spell;
};

/*
 * The floor of @n values, which are put in order; @room is for as many.  Both
 * quantiles are type 6 of Hyndman and Fan, whose expected rank is the quantile's
 * own, from 4 values in a spell and from 3 spells on; with fewer it is the least
 * one.  Type 7 would give 25 % of 10 values and 20 % of 400, so that a benchmark
 * which is done sooner had a higher floor.
 */
double stats_floor(struct spelled *v, size_t n, double *room);

/*
 * Time of one operation, never below zero, into @v.  False for a point that
 * has none: no runs, or a total that is negative, infinite or no number.
 */
bool stats_operation(const struct point *p, double fixed, double per_run,
		     double *v);

/*
 * Summarises @n points.  @fixed, what no runs at all cost, is taken off each
 * point's total, but never more than the least of them; @per_run, the empty
 * loop, off each operation, never below zero.  0, or -ENODATA when there are
 * none, -ENOMEM.
 */
int stats_summarise(const struct point *p, size_t n, double fixed,
		    double per_run, struct summary *s);

/*
 * The step of the clock by which @n sorted times in ns were taken: all of them are
 * multiples of it.  0 where they are none, or the step is too small to be told
 * from chance.  Where all are equal it is at most what is returned.
 */
double stats_grain(const double *sorted, size_t n);

/* Whether (high - low) / 2 is within @precision (0.01: 1 %) of typical; false with
 * fewer points than an interval needs. */
bool stats_precise(const struct summary *s, double precision);

#endif
