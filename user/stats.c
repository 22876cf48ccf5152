// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "stats.h"

/* Both ends of the line through the floors need as many points: a floor of
 * fewer has a scatter that looks smaller than it is, down to none for one. */
#define LINE_POINTS 5

/* Untagged points that are enough to leave the tagged ones out: as many as an
 * interval of the median needs, and no small minority. */
#define ENOUGH_POINTS 6
#define ENOUGH_PART 4

double stats_quantile(const double *sorted, size_t n, double q)
{
	double pos, part;
	size_t i;

	if (!n)
		return 0;
	if (!(q > 0))
		return sorted[0];
	pos = q * (n - 1);
	i = pos;
	if (i >= n - 1)
		return sorted[n - 1];
	part = pos - i;
	return sorted[i] + part * (sorted[i + 1] - sorted[i]);
}

/*
 * With ranks k and n - 1 - k the median is missed when at most k values fall
 * on one side of it: 2 P(Binomial(n, 1/2) <= k).  By logarithms, for 2^-n
 * underflows beyond n = 1074.  Ranks further than 8 sqrt(n) from the middle have
 * less than e^-128 together (Hoeffding) and are passed over.
 */
bool stats_median_ranks(size_t n, size_t *low, size_t *high)
{
	double tail = 0, all = lgamma(n + 1.0) - n * M_LN2;
	double far = n / 2.0 - 8 * sqrt(n);
	size_t k;

	*low = 0;
	*high = n ? n - 1 : 0;
	for (k = far > 0 ? far : 0; k < n / 2; k++) {
		tail += exp(all - lgamma(k + 1.0) - lgamma(n - k + 1.0));
		if (2 * tail > 0.05)
			break;
	}
	if (!k)
		return false;
	*low = k - 1;
	*high = n - k;
	return true;
}

static bool usable(const struct point *p)
{
	return p->runs && isfinite(p->total) && p->total >= 0;
}

bool stats_operation(const struct point *p, double fixed, double per_run,
		     double *v)
{
	double t;

	if (!usable(p))
		return false;
	t = (p->total - fixed) / p->runs - per_run;
	*v = t > 0 ? t : 0;
	return true;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static int by_runs(const void *a, const void *b)
{
	const struct point *x = a, *y = b;

	if (x->runs != y->runs)
		return x->runs < y->runs ? -1 : 1;
	return by_value(&x->total, &y->total);
}

/* Copies those that can take part: untagged ones, or all of them. */
static size_t select_points(const struct point *p, size_t n, bool tagged,
			    struct point *out)
{
	size_t used = 0;

	for (size_t i = 0; i < n; i++)
		if (usable(&p[i]) && (tagged || !p[i].tagged))
			out[used++] = p[i];
	return used;
}

/* Points of the same runs: their floor, and how far it is to be trusted. */
struct end {
	double runs;
	double floor;
	double scatter;
};

static bool make_end(const struct point *p, size_t n, struct end *e)
{
	double *v;

	if (n < LINE_POINTS)
		return false;
	v = malloc(n * sizeof(*v));
	if (!v)
		return false;
	for (size_t i = 0; i < n; i++)
		v[i] = p[i].total;
	e->runs = p->runs;
	e->floor = stats_quantile(v, n, FLOOR_QUANTILE);
	e->scatter = stats_quantile(v, n, 3 * FLOOR_QUANTILE) - e->floor;
	free(v);
	return true;
}

/* @p sorted by_runs(): the fewest and the most runs that have enough points. */
static bool find_ends(const struct point *p, size_t n, struct end *few,
		      struct end *most)
{
	size_t first, last, ends = 0;

	for (first = 0; first < n; first = last) {
		for (last = first; last < n; last++)
			if (p[last].runs != p[first].runs)
				break;
		if (make_end(p + first, last - first, ends ? most : few))
			ends++;
	}
	return ends >= 2;
}

/*
 * The line's value at zero runs weighs the floors by n2 / (n2 - n1) and
 * n1 / (n2 - n1), so it is as uncertain as both scatters with those weights.
 * A line that does not rise visibly (a clock too coarse, noise above the
 * operations) has no value at zero.
 */
static double intercept(const struct end *few, const struct end *most)
{
	double span = most->runs - few->runs;
	double rise = most->floor - few->floor;
	double a, doubt;

	if (rise <= few->scatter + most->scatter)
		return 0;
	a = few->floor - few->runs * (rise / span);
	doubt = (most->runs * few->scatter + few->runs * most->scatter) / span;
	return a > doubt ? a : 0;
}

static double fixed_of(struct point *p, size_t n)
{
	struct end few, most;
	double a, least;

	qsort(p, n, sizeof(*p), by_runs);
	if (!find_ends(p, n, &few, &most))
		return 0;
	a = intercept(&few, &most);
	least = p[0].total;
	for (size_t i = 1; i < n; i++)
		if (p[i].total < least)
			least = p[i].total;
	return a < least ? a : least;
}

double stats_fixed_cost(const struct point *p, size_t n)
{
	struct point *copy = malloc(n * sizeof(*copy) + 1);
	double fixed = 0;

	if (copy)
		fixed = fixed_of(copy, select_points(p, n, false, copy));
	free(copy);
	return fixed;
}

static size_t choose_points(const struct point *p, size_t n, struct point *out,
			    struct summary *s)
{
	size_t all = select_points(p, n, true, out);
	size_t untagged = select_points(p, n, false, out);
	size_t enough = (all + ENOUGH_PART - 1) / ENOUGH_PART;

	if (enough < ENOUGH_POINTS)
		enough = ENOUGH_POINTS;
	s->used = untagged;
	if (untagged < all && untagged < enough) {
		s->all_tagged = true;
		s->used = select_points(p, n, true, out);
	}
	s->tagged = all - s->used;
	return s->used;
}

static void fill_summary(struct summary *s, const double *v, size_t n)
{
	size_t low, high;
	double iqr = stats_quantile(v, n, 0.75) - stats_quantile(v, n, 0.25);

	s->floor = stats_quantile(v, n, FLOOR_QUANTILE);
	s->typical = stats_quantile(v, n, 0.5);
	s->p99 = stats_quantile(v, n, 0.99);
	stats_median_ranks(n, &low, &high);
	s->low = v[low];
	s->high = v[high];
	s->spread = s->typical > 0 ? iqr / s->typical : 0;
}

static int summarise(const struct point *p, size_t n, bool raw, double per_run,
		     struct summary *s)
{
	struct point *used = malloc(n * sizeof(*used) + 1);
	double *v = malloc(n * sizeof(*v) + 1);
	int ret = -ENOMEM;
	size_t count;

	*s = (struct summary){ 0 };
	if (!used || !v)
		goto out;
	count = choose_points(p, n, used, s);
	ret = -ENODATA;
	if (!count)
		goto out;
	s->fixed = raw ? 0 : fixed_of(used, count);
	for (size_t i = 0; i < count; i++)
		stats_operation(&used[i], s->fixed, per_run, &v[i]);
	qsort(v, count, sizeof(*v), by_value);
	fill_summary(s, v, count);
	ret = 0;
out:
	free(used);
	free(v);
	return ret;
}

int stats_summarise(const struct point *p, size_t n, double per_run,
		    struct summary *s)
{
	return summarise(p, n, false, per_run, s);
}

int stats_summarise_raw(const struct point *p, size_t n, struct summary *s)
{
	return summarise(p, n, true, 0, s);
}

bool stats_precise(const struct summary *s, double precision)
{
	size_t low, high;

	if (!stats_median_ranks(s->used, &low, &high))
		return false;
	return (s->high - s->low) / 2 <= precision * s->typical;
}
