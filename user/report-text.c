// SPDX-License-Identifier: GPL-2.0-only
/* The table that a run prints. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "distribution.h"
#include "report-exits.h"
#include "report.h"
#include "table.h"
#include "wrap.h"

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
	if (s->used == USED_UNKNOWN)
		snprintf(buf, size, "-");
	else if (s->tagged)
		snprintf(buf, size, "%zu+%zu", s->used, s->tagged);
	else
		snprintf(buf, size, "%zu", s->used);
}

static int figures(struct table *t, const struct results *r,
		   const struct result *res)
{
	struct scale sc = format_scale(res->summary.floor, res->unit);
	char buf[64], *notes;
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
	notes = report_notes(r, res);
	ret |= notes ? table_cell(t, NOTES, notes) : -ENOMEM;
	free(notes);
	return ret;
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
	if (res->status == RESULT_SKIPPED)
		table_dim(t);
	return ret | table_cell(t, NOTES,
				res->status == RESULT_OK ?
					"ok, but without samples" :
					result_status_name(res->status));
}

/* "machine 0: vCPUs on CPUs 0-1, other threads on 2" for each. */
static void placement(FILE *out, const struct results *r)
{
	int number, end;

	for (size_t i = 0; i < r->nenv; i++) {
		const char *key = r->env[i].key;

		end = 0;
		if (sscanf(key, "machine.%9d" RESULT_PINNED "%n", &number,
			   &end) == 1 &&
		    end && !key[end])
			wrap_printf(out, 4, "Pinned, machine %d: %s", number,
				    r->env[i].value);
	}
}

static void heading(FILE *out, const struct results *r)
{
	char machines[64], seed[32] = "?";

	if (r->seed != SEED_UNKNOWN)
		snprintf(seed, sizeof(seed), "%llu",
			 (unsigned long long)r->seed);
	wrap_printf(out, 4, "%s: %s, Linux %s, clocksource %s; seed %s",
		    r->backend, report_machines(r, machines, sizeof(machines)),
		    report_env(r, "guest.kernel"),
		    report_env(r, "guest.clocksource"), seed);
	if (results_env_get(r, "emulated_host"))
		wrap_printf(out, 0,
			    "%s under an emulated host (QEMU TCG): these are "
			    "the times of an emulator, not of hardware.",
			    r->backend);
	else if (results_env_get(r, "emulated"))
		wrap_printf(out, 0,
			    "The CPU is emulated (QEMU TCG): these are the "
			    "times of an emulator, not of hardware.");
	placement(out, r);
	wrap_printf(out, 0,
		    "Time for one operation by the machine's own "
		    "clock, smaller is better; this session only.");
	fputc('\n', out);
}

/* Below the table, in its order. */
static int reasons(const struct results *r, struct reasons *why)
{
	int ret = 0;

	for (size_t i = 0; i < r->nitems && !ret; i++) {
		const struct result *res = r->items[i];

		if (res->status != RESULT_OK)
			ret = report_reason(why,
					    result_status_name(res->status),
					    res->name, res->reason,
					    res->status == RESULT_SKIPPED);
	}
	report_reasons_join(why);
	return ret;
}

static void footing(FILE *out, const struct results *r,
		    const struct reasons *why)
{
	fprintf(out, "\n%zu ok, %zu skipped, %zu failed\n",
		results_count(r, RESULT_OK), results_count(r, RESULT_SKIPPED),
		results_count(r, RESULT_FAILED));
	report_reasons_print(out, why);
}

/* All except those that share a line below the table. */
static int lines(struct table *t, const struct results *r,
		 const struct reasons *why)
{
	size_t nth = 0;
	int ret = 0;

	for (size_t i = 0; i < r->nitems && !ret; i++) {
		bool ok = r->items[i]->status == RESULT_OK;

		if (ok || !report_reason_joined(why, nth))
			ret = line(t, r, r->items[i]);
		nth += !ok;
	}
	return ret;
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
		fputc('\n', out);
		wrap_printf(out, 0,
			    "Exits in windows that the guests marked, by tier "
			    "%s; GUEST + KVM + VMM + ASLEEP is the window's "
			    "time.",
			    tier(r));
		fputc('\n', out);
		exits_table_print(t);
	}
	exits_table_free(t);
	return ret;
}

int report_text(FILE *out, const struct results *r, bool distribution)
{
	struct table *t = new_table(out);
	struct reasons why = { 0 };
	int ret = t ? reasons(r, &why) : -ENOMEM;

	ret = ret ? ret : lines(t, r, &why);
	if (!ret) {
		heading(out, r);
		table_print(t);
		footing(out, r, &why);
	}
	table_free(t);
	report_reasons_free(&why);
	if (!ret)
		ret = exits(out, r);
	for (size_t i = 0; i < r->nitems && distribution; i++)
		if (result_has_figures(r->items[i]))
			distribution_print(out, r->items[i]);
	return ret;
}
