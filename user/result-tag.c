// SPDX-License-Identifier: GPL-2.0-only
/*
 * Finds disturbed samples by their counters alone: a rule that looked at the times
 * would cut off the very tail that it must explain.  The normal value is the median of
 * the samples with the same runs, which even a disturbed half does not move far.
 */
#include <math.h>
#include <stdlib.h>

#include "result.h"

/* With fewer samples of the same runs, the normal value is computed for each run from
 * all samples. */
#define NORM_SAMPLES 5

/* A delay disturbs if it is this part of the sample's time: the default
 * precision. */
#define DELAY_PART 0.01

static u64 preempted(const struct sample *s)
{
	return s->counters.preempted;
}

static u64 migrated(const struct sample *s)
{
	return s->counters.migrated;
}

static u64 run_delay(const struct sample *s)
{
	return s->counters.run_delay_ns;
}

static u64 steal(const struct sample *s)
{
	return s->counters.steal_ns;
}

static u64 interrupts(const struct sample *s)
{
	return s->counters.interrupts;
}

/*
 * The server reads it around START and DONE: what the vCPUs waited in the
 * control channel's time is in it too, at most all of that time.
 */
static u64 host_delay(const struct sample *s)
{
	u64 channel = s->host_ns > s->guest_ns ? s->host_ns - s->guest_ns : 0;

	return s->host_delay_ns > channel ? s->host_delay_ns - channel : 0;
}

/* The normal value: the median, and the distance to the upper quartile. */
struct normal {
	double mid;
	double above;
};

/*
 * Counts scatter like Poisson's even where nothing is wrong: with a normal of
 * m, a standard deviation is sqrt(m).
 */
static double count_limit(const struct normal *normal, double ns)
{
	return normal->mid + 3 * sqrt(normal->mid) + 1;
}

/* If the normal count is 0, a single one counts. */
static double rare_limit(const struct normal *normal, double ns)
{
	return normal->mid > 0 ? count_limit(normal, ns) : 0;
}

/*
 * A delay must stand out from the other samples' scatter too: where every
 * operation is a wake-up, delays are what it is made of, and half of them would
 * be above their median.  So at most a quarter is tagged.
 */
static double delay_limit(const struct normal *normal, double ns)
{
	return normal->mid + 3 * normal->above + DELAY_PART * ns;
}

static const struct {
	enum sample_tag tag;
	u64 (*value)(const struct sample *s);
	double (*limit)(const struct normal *normal, double ns);
} rules[] = {
	{ TAG_PREEMPTED, preempted, rare_limit },
	{ TAG_MIGRATED, migrated, rare_limit },
	{ TAG_RUN_DELAY, run_delay, delay_limit },
	{ TAG_STEAL, steal, delay_limit },
	/* A timer tick in a sample is normal. */
	{ TAG_INTERRUPTS, interrupts, count_limit },
	{ TAG_HOST_DELAY, host_delay, delay_limit },
};

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static struct normal of_values(double *v, size_t n, double scale)
{
	struct normal normal;

	qsort(v, n, sizeof(*v), by_value);
	normal.mid = stats_quantile(v, n, 0.5) * scale;
	normal.above = stats_quantile(v, n, 0.75) * scale - normal.mid;
	return normal;
}

/* Of rule @k in a sample of @runs; @v has room for all. */
static struct normal find_normal(const struct result *res, size_t k, u32 runs,
				 double *v)
{
	const struct sample *s = res->samples, *end = s + res->nsamples;
	size_t n = 0;

	for (; s < end; s++)
		if (s->runs == runs)
			v[n++] = rules[k].value(s);
	if (n >= NORM_SAMPLES || !runs)
		return of_values(v, n, 1);
	n = 0;
	for (s = res->samples; s < end; s++)
		if (s->runs)
			v[n++] = (double)rules[k].value(s) / s->runs;
	return of_values(v, n, runs);
}

/* What a delay is compared with: the figure, where that is not the time. */
static double duration(const struct result *res, const struct sample *s)
{
	if (s->has_value)
		return s->value;
	return res->clock == CLOCK_HOST ? s->host_ns : s->guest_ns;
}

static void tag_runs(struct result *res, size_t k, u32 runs, double *v)
{
	struct normal normal = find_normal(res, k, runs, v);
	struct sample *s = res->samples;

	for (size_t i = 0; i < res->nsamples; i++, s++)
		if (s->runs == runs &&
		    rules[k].value(s) >
			    rules[k].limit(&normal, duration(res, s)))
			s->tags |= rules[k].tag;
}

/* Whether an earlier sample had the same runs. */
static bool seen(const struct result *res, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (res->samples[k].runs == res->samples[i].runs)
			return true;
	return false;
}

void result_tag(struct result *res)
{
	double *v = calloc(res->nsamples + 1, sizeof(*v));

	for (size_t i = 0; i < res->nsamples; i++)
		res->samples[i].tags = res->samples[i].stopped ? TAG_STOPPED :
								 0;
	for (size_t i = 0; v && i < res->nsamples; i++) {
		if (seen(res, i))
			continue;
		for (size_t k = 0; k < sizeof(rules) / sizeof(rules[0]); k++)
			tag_runs(res, k, res->samples[i].runs, v);
	}
	free(v);
}
