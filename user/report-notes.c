// SPDX-License-Identifier: GPL-2.0-only
/* Notes that the reader of a result needs beside its figures. */
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "report.h"

/* Texts with "; " between. */
struct notes {
	FILE *f;
	bool any;
};

__attribute__((format(printf, 2, 3))) static void
notes_add(struct notes *n, const char *fmt, ...)
{
	va_list ap;

	if (n->any)
		fputs("; ", n->f);
	n->any = true;
	va_start(ap, fmt);
	vfprintf(n->f, fmt, ap);
	va_end(ap);
}

/* Such a benchmark is about the tail. */
static void notes_tail(struct notes *n, const struct result *res)
{
	char p99[32], max[32];

	notes_add(n, "p99 %s, max %s",
		  format_value(res->summary.p99, res->unit, p99, sizeof(p99)),
		  format_value(res->summary.max, res->unit, max, sizeof(max)));
}

static void notes_missing(struct notes *n, const struct result *res)
{
	const struct summary *s = &res->summary;

	if (!isfinite(s->floor) && !isfinite(s->typical))
		notes_add(n, "floor and typical are missing");
	else if (!isfinite(s->floor) || !isfinite(s->typical))
		notes_add(n, "%s is missing",
			  isfinite(s->floor) ? "typical" : "floor");
}

static void notes_within(struct notes *n, const struct result *res)
{
	double half = (res->summary.high - res->summary.low) / 2;
	char off[32];

	if (res->summary.typical > 0)
		half /= res->summary.typical;
	/* Equal samples come from a coarse clock, which has its own note. */
	if (isfinite(half) && half > 0)
		notes_add(n, "within %s",
			  format_percent(half, off, sizeof(off)));
}

static void notes_remarks(struct notes *n, const struct results *r,
			  const struct result *res)
{
	if (res->note[0])
		notes_add(n, "%s", res->note);
	if (res->clock == CLOCK_HOST && !strstr(res->note, "host time"))
		notes_add(n, "host time used");
	if (res->summary.all_tagged)
		notes_add(n, "too few undisturbed samples: all are used");
	if (!res->precise && r->precision > 0)
		notes_within(n, res);
	notes_missing(n, res);
}

static char *notes_text(const struct results *r, const struct result *res,
			bool figures)
{
	struct notes n = { 0 };
	char *text = NULL, buf[32];
	size_t size;

	n.f = open_memstream(&text, &size);
	if (!n.f)
		return NULL;
	if (figures && res->bytes && res->summary.typical > 0)
		notes_add(&n, "%s",
			  format_bandwidth(res->bytes, res->summary.typical,
					   buf, sizeof(buf)));
	if (figures && res->latency)
		notes_tail(&n, res);
	notes_remarks(&n, r, res);
	return fclose(n.f) ? NULL : text;
}

char *report_notes(const struct results *r, const struct result *res)
{
	return notes_text(r, res, true);
}

char *report_remarks(const struct results *r, const struct result *res)
{
	return notes_text(r, res, false);
}
