// SPDX-License-Identifier: GPL-2.0-only
/* The table that a run prints. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "distribution.h"
#include "report.h"
#include "table.h"

enum { NAME, FLOOR, TYPICAL, SPREAD, SAMPLES, MACHINE, NOTES };

static struct table *new_table(FILE *out)
{
	struct table *t = table_new(out);

	if (!t)
		return NULL;
	if (!table_column(t, "BENCHMARK", COLUMN_TEXT) &&
	    !table_column(t, "FLOOR", COLUMN_NUMBER) &&
	    !table_column(t, "TYPICAL", COLUMN_NUMBER) &&
	    !table_column(t, "SPREAD", COLUMN_NUMBER) &&
	    !table_column(t, "SAMPLES", COLUMN_NUMBER) &&
	    !table_column(t, "ON", COLUMN_TEXT) &&
	    !table_column(t, "NOTES", COLUMN_REST))
		return t;
	table_free(t);
	return NULL;
}

static void machines(const struct result *res, char *buf, size_t size)
{
	size_t used = 0;
	char name[16];

	buf[0] = '\0';
	for (int i = 0; i < res->nmachines && used < size; i++)
		used += snprintf(buf + used, size - used, "%s%s", i ? "," : "",
				 machine_name(res->machines[i], name,
					      sizeof(name)));
}

static void samples(const struct summary *s, char *buf, size_t size)
{
	if (s->tagged)
		snprintf(buf, size, "%zu+%zu", s->used, s->tagged);
	else
		snprintf(buf, size, "%zu", s->used);
}

static void append(char *buf, size_t size, const char *text)
{
	size_t len = strlen(buf);

	snprintf(buf + len, size - len, "%s%s", len ? "; " : "", text);
}

static void notes(const struct results *r, const struct result *res, char *buf,
		  size_t size)
{
	char part[64];

	buf[0] = '\0';
	if (res->bytes)
		append(buf, size,
		       format_bandwidth(res->bytes, res->summary.typical, part,
					sizeof(part)));
	if (res->note[0])
		append(buf, size, res->note);
	if (res->summary.all_tagged)
		append(buf, size, "too few undisturbed: all used");
	if (!res->precise && r->precision > 0) {
		double half = (res->summary.high - res->summary.low) / 2;
		char off[16];

		if (res->summary.typical > 0)
			half /= res->summary.typical;
		snprintf(part, sizeof(part), "within %s",
			 format_percent(half, off, sizeof(off)));
		append(buf, size, part);
	}
}

static int figures(struct table *t, const struct results *r,
		   const struct result *res)
{
	struct scale sc = format_scale(res->summary.floor, res->unit);
	char buf[400];
	int ret;

	ret = table_cell(t, FLOOR,
			 format_scaled(res->summary.floor, sc, buf,
				       sizeof(buf)));
	ret |= table_cell(t, TYPICAL,
			  format_value(res->summary.typical, res->unit, buf,
				       sizeof(buf)));
	ret |= table_cell(t, SPREAD,
			  format_percent(res->summary.spread, buf,
					 sizeof(buf)));
	samples(&res->summary, buf, sizeof(buf));
	ret |= table_cell(t, SAMPLES, buf);
	notes(r, res, buf, sizeof(buf));
	return ret | table_cell(t, NOTES, buf);
}

static int line(struct table *t, const struct results *r,
		const struct result *res)
{
	char buf[64];
	int ret = table_line(t);

	if (ret)
		return ret;
	ret = table_cell(t, NAME, res->name);
	machines(res, buf, sizeof(buf));
	ret |= table_cell(t, MACHINE, buf);
	if (result_has_figures(res))
		return ret | figures(t, r, res);
	/* The reason is too long for a column: it follows the table. */
	snprintf(buf, sizeof(buf), "%s", result_status_name(res->status));
	if (res->status == RESULT_SKIPPED)
		table_dim(t);
	return ret | table_cell(t, NOTES, buf);
}

static const char *env(const struct results *r, const char *key)
{
	const char *value = results_env_get(r, key);

	return value ? value : "?";
}

static void heading(FILE *out, const struct results *r)
{
	fprintf(out, "%s: %u machine%s, Linux %s, clocksource %s; seed %llu\n",
		r->backend, r->machines, r->machines == 1 ? "" : "s",
		env(r, "guest.kernel"), env(r, "guest.clocksource"),
		(unsigned long long)r->seed);
	if (results_env_get(r, "emulated"))
		fputs("The CPU is emulated (QEMU TCG): these are the times of "
		      "an emulator, not of hardware.\n",
		      out);
	fputs("Time for one operation, smaller is better; this session "
	      "only.\n\n",
	      out);
}

static void footing(FILE *out, const struct results *r)
{
	fprintf(out, "\n%zu ok, %zu skipped, %zu failed\n",
		results_count(r, RESULT_OK), results_count(r, RESULT_SKIPPED),
		results_count(r, RESULT_FAILED));
	for (size_t i = 0; i < r->nitems; i++)
		if (r->items[i]->status != RESULT_OK)
			fprintf(out, "%s %s: %s\n",
				result_status_name(r->items[i]->status),
				r->items[i]->name, r->items[i]->reason);
}

int report_text(FILE *out, const struct results *r, bool distribution)
{
	struct table *t = new_table(out);
	int ret = t ? 0 : -ENOMEM;

	for (size_t i = 0; i < r->nitems && !ret; i++)
		ret = line(t, r, r->items[i]);
	if (!ret) {
		heading(out, r);
		table_print(t);
		footing(out, r);
	}
	table_free(t);
	for (size_t i = 0; i < r->nitems && distribution; i++)
		if (result_has_figures(r->items[i]))
			distribution_print(out, r->items[i]);
	return ret;
}
