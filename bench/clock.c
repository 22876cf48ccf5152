// SPDX-License-Identifier: GPL-2.0-only
#include <math.h>
#include <stdlib.h>

#include "clock.h"

#define RATE_INTERVAL_NS (20 * 1000 * 1000)
#define RATE_SLOTS 16
#define RATE_EDGES (RATE_SLOTS + 1)
/* Edges that are wider than the narrowest by more than this factor do not count. */
#define RATE_WIDTHS 4
/* How many more the last slot may need for one that counts. */
#define RATE_LATE_EDGES 1000

/*
 * The clock changed to @ns after the counter had been @from and before it was @to.
 * That is true however long the CPU was taken away in between: a preemption makes
 * the bracket wider, and never wrong.
 */
struct clock_edge {
	u64 ns;
	u64 from, to;
};

/* The narrowest one of each slot. */
struct edges {
	struct clock_edge at[RATE_EDGES];
	u64 first_ns;
	u64 narrowest;
	u32 late;
};

/* Between two edges: ticks in a ns, and how far off these may be. */
struct slope {
	double rate;
	double slack;
};

static u64 edge_width(const struct clock_edge *e)
{
	return e->to - e->from;
}

static bool edge_counts(const struct edges *all, const struct clock_edge *e)
{
	return e->ns && edge_width(e) <= RATE_WIDTHS * all->narrowest;
}

/* True while more edges are wanted. */
static bool edges_add(struct edges *all, const struct clock_edge *e)
{
	struct clock_edge *slot = &all->at[RATE_SLOTS];
	u64 since;

	if (!all->first_ns) {
		all->first_ns = e->ns;
		all->narrowest = edge_width(e);
	}
	since = e->ns - all->first_ns;
	if (since < RATE_INTERVAL_NS)
		slot = &all->at[since * RATE_SLOTS / RATE_INTERVAL_NS];
	else
		all->late++;
	if (!slot->ns || edge_width(e) < edge_width(slot))
		*slot = *e;
	if (edge_width(e) < all->narrowest)
		all->narrowest = edge_width(e);
	return since < RATE_INTERVAL_NS ||
	       (all->late < RATE_LATE_EDGES && !edge_counts(all, slot));
}

/* Some clocks change with each jiffy alone: a reading that did not is no edge. */
static void edges_collect(struct edges *all, u64 (*ns)(void),
			  u64 (*ticks)(void))
{
	struct clock_edge e = { .from = ticks() };
	u64 last = ns(), between = ticks();
	bool more = true;

	while (more) {
		e.ns = ns();
		e.to = ticks();
		if (e.ns != last)
			more = edges_add(all, &e);
		last = e.ns;
		e.from = between;
		between = e.to;
	}
}

/* In place: how many count, which are the first ones then; all if too few do. */
static u32 edges_compact(struct edges *all)
{
	u32 n = 0;

	for (u32 i = 0; i < RATE_EDGES; i++)
		n += edge_counts(all, &all->at[i]);
	if (n < 2)
		all->narrowest = UINT64_MAX / RATE_WIDTHS;
	n = 0;
	for (u32 i = 0; i < RATE_EDGES; i++)
		if (edge_counts(all, &all->at[i]))
			all->at[n++] = all->at[i];
	return n;
}

static struct slope slope_between(const struct clock_edge *a,
				  const struct clock_edge *b)
{
	double ns = b->ns - a->ns;
	double width = (double)(a->to - a->from) + (double)(b->to - b->from);
	double ticks = (double)(b->from - a->from) + (double)(b->to - a->to);

	return (struct slope){ .rate = ticks / 2 / ns,
			       .slack = width / 2 / ns };
}

static int slope_compare(const void *a, const void *b)
{
	double x = ((const struct slope *)a)->rate;
	double y = ((const struct slope *)b)->rate;

	return (x > y) - (x < y);
}

struct tick_rate tick_rate_measure(u64 (*ns)(void), u64 (*ticks)(void))
{
	struct slope slope[RATE_EDGES], median;
	struct edges all = { .late = 0 };
	u32 nedges, apart, n = 0;
	double scatter;

	edges_collect(&all, ns, ticks);
	nedges = edges_compact(&all);
	apart = nedges / 2;
	do {
		slope[n] = slope_between(&all.at[n], &all.at[n + apart]);
		n++;
	} while (n + apart < nedges);
	qsort(slope, n, sizeof(*slope), slope_compare);
	median = slope[n / 2];
	if (!(median.rate > 0))
		return (struct tick_rate){ 0 };
	scatter = (slope[n * 3 / 4].rate - slope[n / 4].rate) / 2;
	return (struct tick_rate){
		.per_sec = median.rate * NSEC_PER_SEC + 0.5,
		.error = fmax(median.slack, scatter) / median.rate,
	};
}

struct tick_rate clock_tick_rate(void)
{
	return tick_rate_measure(clock_ns, ticks_begin);
}
