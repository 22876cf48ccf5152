// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "stats.h"

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

static int by_spell(const void *a, const void *b)
{
	const struct spelled *x = a, *y = b;

	if (x->spell != y->spell)
		return x->spell < y->spell ? -1 : 1;
	return (x->value > y->value) - (x->value < y->value);
}

/* Type 6; stats_quantile() has its positions at q (n - 1). */
static double unbiased_quantile(const double *sorted, size_t n, double q)
{
	double pos = q * (n + 1) - 1;

	return n > 1 ? stats_quantile(sorted, n, pos / (n - 1)) :
		       stats_quantile(sorted, n, 0);
}

double stats_floor(struct spelled *v, size_t n, double *room)
{
	size_t spells = 0, end;

	qsort(v, n, sizeof(*v), by_spell);
	for (size_t i = 0; i < n; i++)
		room[i] = v[i].value;
	for (size_t i = 0; i < n; i = end) {
		for (end = i + 1; end < n && v[end].spell == v[i].spell;)
			end++;
		room[spells++] =
			unbiased_quantile(room + i, end - i, FLOOR_QUANTILE);
	}
	qsort(room, spells, sizeof(*room), by_value);
	return unbiased_quantile(room, spells, FLOOR_SPELLS);
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

	s->typical = stats_quantile(v, n, 0.5);
	/* Where most spells have few samples and are slow. */
	if (s->floor > s->typical)
		s->floor = s->typical;
	s->p99 = stats_quantile(v, n, 0.99);
	s->min = v[0];
	s->max = v[n - 1];
	stats_median_ranks(n, &low, &high);
	s->low = v[low];
	s->high = v[high];
	s->spread = s->typical > 0 ? iqr / s->typical : 0;
}

/* No point can have cost less than nothing at all. */
static double cap_fixed(const struct point *p, size_t n, double fixed)
{
	for (size_t i = 0; i < n; i++)
		if (p[i].total < fixed)
			fixed = p[i].total;
	return fixed > 0 ? fixed : 0;
}

int stats_summarise(const struct point *p, size_t n, double fixed,
		    double per_run, struct summary *s)
{
	struct point *used = malloc(n * sizeof(*used) + 1);
	struct spelled *op = malloc(n * sizeof(*op) + 1);
	double *v = malloc(n * sizeof(*v) + 1);
	int ret = -ENOMEM;
	size_t count;

	*s = (struct summary){ 0 };
	if (!used || !op || !v)
		goto out;
	count = choose_points(p, n, used, s);
	ret = -ENODATA;
	if (!count)
		goto out;
	s->fixed = cap_fixed(used, count, fixed);
	for (size_t i = 0; i < count; i++) {
		stats_operation(&used[i], s->fixed, per_run, &op[i].value);
		op[i].spell = used[i].spell;
	}
	s->floor = stats_floor(op, count, v);
	for (size_t i = 0; i < count; i++)
		v[i] = op[i].value;
	qsort(v, count, sizeof(*v), by_value);
	fill_summary(s, v, count);
	ret = 0;
out:
	free(used);
	free(op);
	free(v);
	return ret;
}

bool stats_precise(const struct summary *s, double precision)
{
	size_t low, high;

	/* A figure that was cut off at zero is below what can be seen. */
	if (!stats_median_ranks(s->used, &low, &high) || !(s->floor > 0))
		return false;
	return (s->high - s->low) / 2 <= precision * s->typical;
}

/* Fewer times are multiples of something by chance. */
#define GRAIN_POINTS 8
/* Both readings of a clock are rounded to 1 ns. */
#define GRAIN_ROUNDING 2.0
/* Of shorter steps too many times are multiples, within the rounding. */
#define GRAIN_LEAST 60.0
/* Shorter times may well be equal without being coarse. */
#define GRAIN_EQUAL 10000.0
/* The distance of two times may be several steps. */
#define GRAIN_STEPS 6

/*
 * Whether all are multiples of about @grain, which each makes more exact: @off is
 * how far it may be from the truth.
 */
static bool grain_fits(const double *sorted, size_t n, double *grain)
{
	double g = *grain, off = GRAIN_ROUNDING;

	for (size_t i = 0; i < n; i++) {
		double steps = round(sorted[i] / g);
		double allowed = GRAIN_ROUNDING + steps * off;

		if (allowed > g / 4 || fabs(sorted[i] - steps * g) > allowed)
			return false;
		if (steps > 0 && GRAIN_ROUNDING / steps <= off) {
			off = GRAIN_ROUNDING / steps;
			g = sorted[i] / steps;
		}
	}
	*grain = g;
	return true;
}

double stats_grain(const double *sorted, size_t n)
{
	double least = INFINITY, grain;

	if (n < GRAIN_POINTS)
		return 0;
	for (size_t i = 1; i < n; i++) {
		double gap = sorted[i] - sorted[i - 1];

		if (gap > GRAIN_ROUNDING && gap < least)
			least = gap;
	}
	if (isinf(least))
		return sorted[0] >= GRAIN_EQUAL ? sorted[0] : 0;
	for (int steps = 1; steps <= GRAIN_STEPS; steps++) {
		grain = least / steps;
		if (grain < GRAIN_LEAST)
			break;
		if (grain_fits(sorted, n, &grain))
			return grain;
	}
	return 0;
}
