// SPDX-License-Identifier: GPL-2.0-only
/* From samples to points to figures. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "result.h"

static struct point to_point(const struct result *res, const struct sample *s)
{
	double total = res->clock == CLOCK_HOST ? s->host_ns : s->guest_ns;

	if (s->has_value)
		total = s->value;
	return (struct point){ .runs = s->runs,
			       .spell = s->pass,
			       .total = total,
			       .tagged = s->tags != 0 };
}

/* A benchmark's own figure includes no cost to subtract. */
static bool is_raw(const struct result *res)
{
	return res->nsamples && res->samples[0].has_value;
}

static double fixed_cost(const struct result *res)
{
	if (is_raw(res))
		return 0;
	return res->clock == CLOCK_HOST ? res->zero_host_ns :
					  res->zero_guest_ns;
}

int result_summarise(struct result *res)
{
	struct point *p = calloc(res->nsamples + 1, sizeof(*p));
	int ret;

	if (!p)
		return -ENOMEM;
	result_tag(res);
	for (size_t i = 0; i < res->nsamples; i++)
		p[i] = to_point(res, &res->samples[i]);
	ret = stats_summarise(p, res->nsamples, fixed_cost(res),
			      is_raw(res) ? 0 : res->loop_ns, &res->summary);
	free(p);
	return ret;
}

bool result_reportable(const struct result *res)
{
	return res->status != RESULT_OK || res->summary.used;
}

bool result_has_figures(const struct result *res)
{
	return res->status == RESULT_OK && res->summary.used;
}

bool result_operation(const struct result *res, const struct sample *s,
		      double *v)
{
	struct point p = to_point(res, s);

	if (p.tagged && !res->summary.all_tagged)
		return false;
	return stats_operation(&p, res->summary.fixed,
			       is_raw(res) ? 0 : res->loop_ns, v);
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Where the later half begins: with a pass, where there are two. */
static size_t middle(const struct spelled *v, size_t n)
{
	size_t at = n / 2;

	while (at && v[at].spell == v[at - 1].spell)
		at--;
	return at ? at : n / 2;
}

bool result_floor_settled(const struct result *res, double precision)
{
	struct spelled *v = calloc(res->nsamples + 1, sizeof(*v));
	double *room = calloc(res->nsamples + 1, sizeof(*room));
	double early = 0, late = 0;
	size_t n = 0, half;

	if (!v || !room)
		goto out;
	for (size_t i = 0; i < res->nsamples; i++) {
		v[n].spell = res->samples[i].pass;
		n += result_operation(res, &res->samples[i], &v[n].value);
	}
	half = middle(v, n);
	early = stats_floor(v, half, room);
	late = stats_floor(v + half, n - half, room);
out:
	free(v);
	free(room);
	return early <= late * (1 + precision) &&
	       late <= early * (1 + precision);
}

double result_fixed_share(const struct result *res)
{
	double *v = calloc(res->nsamples + 1, sizeof(*v)), share = 0;
	double fixed = is_raw(res) ? res->zero_value : res->summary.fixed;

	if (!v)
		return 0;
	for (size_t i = 0; i < res->nsamples; i++)
		v[i] = to_point(res, &res->samples[i]).total;
	qsort(v, res->nsamples, sizeof(*v), by_value);
	if (res->nsamples && v[res->nsamples / 2] > 0)
		share = fixed / v[res->nsamples / 2];
	free(v);
	return share;
}

double result_grain(const struct result *res, double *share)
{
	double *v = calloc(res->nsamples + 1, sizeof(*v)), grain = 0;
	size_t n = 0;

	*share = 0;
	if (!v || strcmp(res->unit, "ns"))
		goto out;
	for (size_t i = 0; i < res->nsamples; i++)
		if (res->samples[i].runs)
			v[n++] = to_point(res, &res->samples[i]).total;
	qsort(v, n, sizeof(*v), by_value);
	grain = stats_grain(v, n);
	if (grain > 0)
		*share = grain / v[n / 2];
out:
	free(v);
	return grain;
}
