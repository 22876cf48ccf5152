// SPDX-License-Identifier: GPL-2.0-only
#include <math.h>

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

/* Of the ticks in a ns: the tightest bounds that pairs of edges give, and the widest. */
struct bounds {
	double low, high;
	double lowest, highest;
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

static void bounds_of_pair(struct bounds *all, const struct clock_edge *a,
			   const struct clock_edge *b)
{
	double ns = b->ns - a->ns;
	/* A reading is rounded down to a whole tick. */
	double low = ((double)(s64)(b->from - a->to) - 1) / ns;
	double high = ((double)(b->to - a->from) + 1) / ns;

	all->low = fmax(all->low, low);
	all->high = fmin(all->high, high);
	all->lowest = fmin(all->lowest, low);
	all->highest = fmax(all->highest, high);
}

/*
 * Of pairs that are at least a quarter of the window apart: some of them do not
 * contain a step of the clock, wherever it is.
 */
static struct bounds bounds_of_edges(const struct clock_edge *at, u32 n)
{
	struct bounds all = { .low = -INFINITY,
			      .high = INFINITY,
			      .lowest = INFINITY,
			      .highest = -INFINITY };
	u64 apart = (at[n - 1].ns - at[0].ns) / 4;

	for (u32 i = 0; i < n; i++)
		for (u32 j = i + 1; j < n; j++)
			if (at[j].ns - at[i].ns >= apart)
				bounds_of_pair(&all, &at[i], &at[j]);
	return all;
}

/* If pairs contradict one another, because a clock stepped, any of them may be right. */
static struct tick_rate rate_within(const struct bounds *all)
{
	bool agree = all->low <= all->high;
	double low = agree ? all->low : all->lowest;
	double high = agree ? all->high : all->highest;
	double rate = (low + high) / 2;

	if (!(rate > 0))
		return (struct tick_rate){ 0 };
	return (struct tick_rate){ .per_sec = rate * NSEC_PER_SEC + 0.5,
				   .error = (high - low) / 2 / rate };
}

struct tick_rate tick_rate_measure(u64 (*ns)(void), u64 (*ticks)(void))
{
	struct edges all = { .late = 0 };
	struct bounds bounds;
	u32 n;

	edges_collect(&all, ns, ticks);
	n = edges_compact(&all);
	if (n < 2)
		return (struct tick_rate){ 0 };
	bounds = bounds_of_edges(all.at, n);
	return rate_within(&bounds);
}

struct tick_rate clock_tick_rate(void)
{
	return tick_rate_measure(clock_ns, ticks_begin);
}
