// SPDX-License-Identifier: GPL-2.0-only
/* The table that a run prints. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "distribution.h"
#include "report-exits.h"
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

/* The tail is what such a benchmark is looked at for. */
static void tail_note(const struct result *res, char *buf, size_t size)
{
	char p99[32], max[32], part[80];

	snprintf(part, sizeof(part), "p99 %s, max %s",
		 format_value(res->summary.p99, res->unit, p99, sizeof(p99)),
		 format_value(res->summary.max, res->unit, max, sizeof(max)));
	append(buf, size, part);
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
	if (res->latency)
		tail_note(res, buf, size);
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

static size_t group_len(const struct result *res)
{
	return strcspn(res->name, "/");
}

/* Skipped for the same reason, in the same group. */
static bool alike(const struct result *a, const struct result *b)
{
	return a->status == RESULT_SKIPPED && b->status == RESULT_SKIPPED &&
	       group_len(a) == group_len(b) &&
	       !strncmp(a->name, b->name, group_len(a)) &&
	       !strcmp(a->reason, b->reason);
}

/* A hundred lines that say the same hide the others. */
#define CROWD 4

/* How many are skipped like @res; 0 if an earlier one stands for them. */
static size_t crowd(const struct results *r, const struct result *res)
{
	size_t n = 0;

	for (size_t i = 0; i < r->nitems; i++) {
		if (!n && r->items[i] != res && alike(r->items[i], res))
			return 0;
		n += r->items[i] == res || (n && alike(r->items[i], res));
	}
	return n;
}

static bool in_crowd(const struct results *r, const struct result *res)
{
	size_t n = 0;

	for (size_t i = 0; i < r->nitems; i++)
		n += alike(r->items[i], res);
	return n >= CROWD;
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
	if (results_env_get(r, "emulated_host"))
		fprintf(out,
			"%s under an emulated host (QEMU TCG): these are the "
			"times of an emulator, not of hardware.\n",
			r->backend);
	else if (results_env_get(r, "emulated"))
		fputs("The CPU is emulated (QEMU TCG): these are the times of "
		      "an emulator, not of hardware.\n",
		      out);
	fputs("Time for one operation by the machine's own clock, smaller is "
	      "better; this session only.\n\n",
	      out);
}

static void why_not(FILE *out, const struct results *r,
		    const struct result *res)
{
	size_t n = in_crowd(r, res) ? crowd(r, res) : 1;

	if (n > 1)
		fprintf(out, "%s %zu of group %.*s: %s\n",
			result_status_name(res->status), n, (int)group_len(res),
			res->name, res->reason);
	else if (n)
		fprintf(out, "%s %s: %s\n", result_status_name(res->status),
			res->name, res->reason);
}

static void footing(FILE *out, const struct results *r)
{
	fprintf(out, "\n%zu ok, %zu skipped, %zu failed\n",
		results_count(r, RESULT_OK), results_count(r, RESULT_SKIPPED),
		results_count(r, RESULT_FAILED));
	for (size_t i = 0; i < r->nitems; i++)
		if (r->items[i]->status != RESULT_OK)
			why_not(out, r, r->items[i]);
}

static const char *tier(const struct results *r)
{
	const char *t = results_env_get(r, "trace.tier");

	return t ? t : "?";
}

/* The trees of all that were traced; nothing where none was. */
static int exits(FILE *out, const struct results *r)
{
	struct exits_table *t = NULL;
	int ret = 0;

	for (size_t i = 0; i < r->nitems && !ret; i++) {
		if (!r->items[i]->exits)
			continue;
		if (!t)
			t = exits_table_new(out, 0);
		ret = t ? exits_table_add(t, r->items[i]->name,
					  r->items[i]->exits) :
			  -ENOMEM;
	}
	if (t && !ret) {
		fprintf(out,
			"\nExits in windows that the guests marked, by tier %s; "
			"GUEST + KVM + VMM + ASLEEP is the window's time.\n\n",
			tier(r));
		exits_table_print(t);
	}
	exits_table_free(t);
	return ret;
}

int report_text(FILE *out, const struct results *r, bool distribution)
{
	struct table *t = new_table(out);
	int ret = t ? 0 : -ENOMEM;

	for (size_t i = 0; i < r->nitems && !ret; i++)
		if (!in_crowd(r, r->items[i]))
			ret = line(t, r, r->items[i]);
	if (!ret) {
		heading(out, r);
		table_print(t);
		footing(out, r);
	}
	table_free(t);
	if (!ret)
		ret = exits(out, r);
	for (size_t i = 0; i < r->nitems && distribution; i++)
		if (result_has_figures(r->items[i]))
			distribution_print(out, r->items[i]);
	return ret;
}
