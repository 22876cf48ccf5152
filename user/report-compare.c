// SPDX-License-Identifier: GPL-2.0-only
/* Two results side by side: a description, not a verdict. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "report.h"
#include "table.h"

enum {
	NAME,
	FLOOR_A,
	FLOOR_B,
	RATIO,
	TYPICAL_A,
	TYPICAL_B,
	TYPICAL_RATIO,
	NOTES
};

static int add_columns(struct table *t, const struct results *a,
		       const struct results *b)
{
	char head[2][96];
	int ret = table_column(t, "BENCHMARK", COLUMN_TEXT);

	snprintf(head[0], sizeof(head[0]), "FLOOR: %s", a->backend);
	snprintf(head[1], sizeof(head[1]), "TYPICAL: %s", a->backend);
	for (int i = 0; i < 2; i++) {
		ret |= table_column(t, head[i], COLUMN_NUMBER);
		ret |= table_column(t, b->backend, COLUMN_NUMBER);
		ret |= table_column(t, "RATIO", COLUMN_NUMBER);
	}
	return ret | table_column(t, "NOTES", COLUMN_REST);
}

static int ratio(struct table *t, int column, double a, double b)
{
	char buf[32];

	if (a <= 0)
		return 0;
	b /= a;
	snprintf(buf, sizeof(buf),
		 b < 0.0995 ? "%.2g" :
		 b < 9.95   ? "%.2f" :
		 b < 99.5   ? "%.1f" :
			      "%.0f",
		 b);
	return table_cell(t, column, buf);
}

static int note(struct table *t, const struct results *r,
		const struct result *res)
{
	char buf[MSG_TEXT_MAX + 128];

	if (!res)
		snprintf(buf, sizeof(buf), "not in %s", r->backend);
	else
		snprintf(buf, sizeof(buf), "%s %s: %s", r->backend,
			 result_status_name(res->status), res->reason);
	return table_cell(t, NOTES, buf);
}

/* One unit for a line, that of its least figure, which loses no digit then. */
static struct scale scale_of(const struct result *x, const struct result *y)
{
	double floor = x->summary.floor;

	if (y && y->summary.floor < floor)
		floor = y->summary.floor;
	return format_scale(floor, x->unit);
}

static int figures(struct table *t, int floor, int typical,
		   const struct result *res, struct scale sc)
{
	char buf[32];
	int ret;

	ret = table_cell(t, floor,
			 format_scaled(res->summary.floor, sc, buf,
				       sizeof(buf)));
	return ret | table_cell(t, typical,
				format_scaled(res->summary.typical, sc, buf,
					      sizeof(buf)));
}

static int one_side(struct table *t, const struct results *a,
		    const struct results *b, const struct result *x,
		    const struct result *y)
{
	int ret = 0;

	table_dim(t);
	if (x && result_has_figures(x))
		ret = figures(t, FLOOR_A, TYPICAL_A, x, scale_of(x, NULL)) |
		      note(t, b, y);
	else if (y && result_has_figures(y))
		ret = figures(t, FLOOR_B, TYPICAL_B, y, scale_of(y, NULL)) |
		      note(t, a, x);
	else
		ret = note(t, a, x);
	return ret;
}

static int other_unit(struct table *t, const struct result *x,
		      const struct result *y)
{
	char buf[96];

	snprintf(buf, sizeof(buf), "not comparable: in %s and in %s", x->unit,
		 y->unit);
	return figures(t, FLOOR_A, TYPICAL_A, x, scale_of(x, NULL)) |
	       figures(t, FLOOR_B, TYPICAL_B, y, scale_of(y, NULL)) |
	       table_cell(t, NOTES, buf);
}

static int both_sides(struct table *t, const struct result *x,
		      const struct result *y)
{
	struct scale sc = scale_of(x, y);

	if (strcmp(x->unit, y->unit))
		return other_unit(t, x, y);
	return figures(t, FLOOR_A, TYPICAL_A, x, sc) |
	       figures(t, FLOOR_B, TYPICAL_B, y, sc) |
	       ratio(t, RATIO, x->summary.floor, y->summary.floor) |
	       ratio(t, TYPICAL_RATIO, x->summary.typical, y->summary.typical);
}

static int line(struct table *t, const struct results *a,
		const struct results *b, const char *name)
{
	const struct result *x = results_find(a, name);
	const struct result *y = results_find(b, name);
	int ret = table_line(t);

	if (ret)
		return ret;
	ret = table_cell(t, NAME, name);
	if (x && result_has_figures(x) && y && result_has_figures(y))
		return ret | both_sides(t, x, y);
	return ret | one_side(t, a, b, x, y);
}

static void heading(FILE *out, const struct results *r)
{
	const char *kernel = results_env_get(r, "guest.kernel");
	const char *cpu = results_env_get(r, "guest.cpu");

	fprintf(out, "%s: %u machine%s, Linux %s on %s%s\n", r->backend,
		r->machines, r->machines == 1 ? "" : "s", kernel ? kernel : "?",
		cpu ? cpu : "?",
		results_env_get(r, "emulated") ?
			": the CPU is emulated, its times are an emulator's" :
			"");
}

int report_compare(FILE *out, const struct results *a, const struct results *b)
{
	struct table *t = table_new(out);
	int ret = t ? add_columns(t, a, b) : -ENOMEM;

	for (size_t i = 0; i < a->nitems && !ret; i++)
		ret = line(t, a, b, a->items[i]->name);
	for (size_t i = 0; i < b->nitems && !ret; i++)
		if (!results_find(a, b->items[i]->name))
			ret = line(t, a, b, b->items[i]->name);
	if (!ret) {
		heading(out, a);
		heading(out, b);
		fputs("Time for one operation, smaller is better; no verdict "
		      "on differences.\n\n",
		      out);
		table_print(t);
	}
	table_free(t);
	return ret;
}
