// SPDX-License-Identifier: GPL-2.0-only
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "distribution.h"
#include "report.h"

#define BINS 12
#define BAR 50
/* Bins of equal ratio, not width, where the range is wider than this. */
#define WIDE 10.0

struct histogram {
	double low, high;
	bool wide;
	size_t count[BINS];
	size_t n;
};

static size_t bin_of(const struct histogram *h, double v)
{
	double at;

	if (h->high <= h->low)
		return 0;
	at = h->wide ? log(v / h->low) / log(h->high / h->low) :
		       (v - h->low) / (h->high - h->low);
	if (!(at > 0))
		return 0;
	return at >= 1 ? BINS - 1 : (size_t)(at * BINS);
}

static double centre(const struct histogram *h, size_t bin)
{
	double at = (bin + 0.5) / BINS;

	if (h->wide)
		return h->low * pow(h->high / h->low, at);
	return h->low + (h->high - h->low) * at;
}

static void fill(struct histogram *h, const struct result *res)
{
	double v, positive = INFINITY;

	h->low = INFINITY;
	for (size_t i = 0; i < res->nsamples; i++) {
		if (!result_operation(res, &res->samples[i], &v))
			continue;
		h->low = v < h->low ? v : h->low;
		if (v > 0 && v < positive)
			positive = v;
		h->high = v > h->high ? v : h->high;
	}
	/* A sample cut off at 0 goes into the first bin. */
	h->wide = h->high / positive > WIDE;
	if (h->wide)
		h->low = positive;
	for (size_t i = 0; i < res->nsamples; i++)
		if (result_operation(res, &res->samples[i], &v)) {
			h->count[bin_of(h, v)]++;
			h->n++;
		}
}

static void bar(FILE *out, double part)
{
	int length = part * BAR + 0.5;

	for (int i = 0; i < length; i++)
		fputs(format_utf8() ? "█" : "#", out);
}

void distribution_print(FILE *out, const struct result *res)
{
	struct histogram h = { 0 };
	struct scale sc;
	char value[32];

	fill(&h, res);
	if (!h.n)
		return;
	fprintf(out, "\n%s: %zu samples%s\n", res->name, h.n,
		h.wide ? ", on a logarithmic scale" : "");
	for (size_t i = 0; i < BINS; i++) {
		if (!h.count[i])
			continue;
		sc = format_scale(centre(&h, i), res->unit);
		fprintf(out, "  %10s:%5.1f%%  ",
			format_scaled(centre(&h, i), sc, value, sizeof(value)),
			100.0 * h.count[i] / h.n);
		bar(out, (double)h.count[i] / h.n);
		fputc('\n', out);
	}
}
