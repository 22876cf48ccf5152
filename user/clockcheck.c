// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>

#include "clockcheck.h"

#define PAIRS_MIN 6

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/*
 * The least delayed of @n readings: what the channel adds is never negative,
 * so the smallest difference is the one that is nearest to the truth.
 */
static double least_offset(const struct clock_pair *p, size_t n,
			   const struct clock_pair *base, size_t *at)
{
	double least = 0, d;

	*at = 0;
	for (size_t i = 0; i < n; i++) {
		d = (double)(p[i].host_ns - base->host_ns) -
		    (double)(p[i].guest_ns - base->guest_ns);
		if (i && d >= least)
			continue;
		least = d;
		*at = i;
	}
	return least;
}

/* Half of the differences' range without their largest quarter. */
static double jitter(const struct clock_pair *p, size_t n)
{
	double *step = calloc(n, sizeof(*step)), j;

	if (!step)
		return 1e18;
	for (size_t i = 1; i < n; i++) {
		double d = (double)(p[i].host_ns - p[i - 1].host_ns) -
			   (double)(p[i].guest_ns - p[i - 1].guest_ns);

		step[i - 1] = d < 0 ? -d : d;
	}
	qsort(step, n - 1, sizeof(*step), by_value);
	j = step[(n - 1) * 3 / 4];
	free(step);
	return j;
}

struct clockcheck clockcheck(const struct clock_pair *p, size_t n)
{
	struct clockcheck c = { .rate = 1.0 };
	size_t third = n / 3, first, last;
	double drift, elapsed;

	if (n < PAIRS_MIN)
		return c;
	drift = -least_offset(p, third, p, &first);
	drift += least_offset(p + n - third, third, p, &last);
	last += n - third;
	elapsed = p[last].host_ns - p[first].host_ns;
	if (elapsed <= 0)
		return c;
	c.rate = (elapsed - drift) / elapsed;
	if (drift < 0)
		drift = -drift;
	c.lies = drift > CLOCK_TOLERANCE * elapsed + 2 * jitter(p, n);
	return c;
}
