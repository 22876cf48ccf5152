// SPDX-License-Identifier: GPL-2.0-only
/* Two results side by side: a description, not a verdict. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report.h"
#include "table.h"
#include "wrap.h"

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

/* Of one benchmark: index 0 has the first results, 1 the second. */
struct pair {
	const struct result *res[2];
	size_t at; /* its place in the table */
	size_t nth; /* of that name; 0 the first */
};

#define WHAT_MAX (LABEL_MAX + 16)
struct comparison {
	const struct results *r[2];
	struct labels labels;
	/* What reasons begin with: the label and a verb. */
	char failed[2][WHAT_MAX], skipped[2][WHAT_MAX];
	char ran[2][WHAT_MAX], lacks[2][WHAT_MAX];
	struct pair *pairs;
	size_t n;
	struct table *t;
	size_t lines; /* of the table */
	struct reasons reasons; /* why a side has no figures: below the table */
};

static int by_name(const void *a, const void *b)
{
	const struct pair *x = a, *y = b;
	const char *p = x->res[0] ? x->res[0]->name : x->res[1]->name;
	const char *q = y->res[0] ? y->res[0]->name : y->res[1]->name;
	int d = strcmp(p, q);

	d = d ? d : !x->res[0] - !y->res[0];
	return d ? d : (x->at > y->at) - (x->at < y->at);
}

static int by_place(const void *a, const void *b)
{
	const struct pair *x = a, *y = b;

	return (x->at > y->at) - (x->at < y->at);
}

/* The first @n have the same name: the nth of each side belong together. */
static size_t pair_join(const struct pair *from, size_t n, struct pair *to)
{
	size_t firsts = 0, joined = 0;

	while (firsts < n && from[firsts].res[0])
		firsts++;
	for (size_t i = 0; i < firsts; i++) {
		to[joined] = from[i];
		to[joined].nth = i;
		if (firsts + i < n)
			to[joined].res[1] = from[firsts + i].res[1];
		joined++;
	}
	for (size_t i = 2 * firsts; i < n; i++) {
		to[joined] = from[i];
		to[joined++].nth = i - firsts;
	}
	return joined;
}

static const char *pair_name(const struct pair *p)
{
	return p->res[0] ? p->res[0]->name : p->res[1]->name;
}

/* In the order of the first results; what only the second have follows. */
static int compare_pairs(struct comparison *c)
{
	size_t n = 0, all = c->r[0]->nitems + c->r[1]->nitems, end;
	struct pair *one = calloc(all + 1, sizeof(*one));

	c->pairs = calloc(all + 1, sizeof(*c->pairs));
	if (!one || !c->pairs) {
		free(one);
		return -ENOMEM;
	}
	for (int side = 0; side < 2; side++)
		for (size_t i = 0; i < c->r[side]->nitems; i++, n++) {
			one[n].res[side] = c->r[side]->items[i];
			one[n].at = n;
		}
	qsort(one, n, sizeof(*one), by_name);
	for (size_t i = 0; i < n; i = end) {
		for (end = i + 1; end < n && !strcmp(pair_name(&one[i]),
						     pair_name(&one[end]));)
			end++;
		c->n += pair_join(one + i, end - i, c->pairs + c->n);
	}
	qsort(c->pairs, c->n, sizeof(*c->pairs), by_place);
	free(one);
	return 0;
}

static int compare_columns(struct comparison *c)
{
	char head[LABEL_MAX + 16];
	int ret = table_column(c->t, "BENCHMARK", COLUMN_TEXT);

	for (int i = 0; i < 2; i++) {
		snprintf(head, sizeof(head), "%s\n%s", i ? "TYPICAL" : "FLOOR",
			 c->labels.label[0]);
		ret |= table_column(c->t, head, COLUMN_NUMBER);
		snprintf(head, sizeof(head), "%s\n%s", i ? "TYPICAL" : "FLOOR",
			 c->labels.label[1]);
		ret |= table_column(c->t, head, COLUMN_NUMBER);
		ret |= table_column(c->t, i ? "TYPICAL\nRATIO" : "FLOOR\nRATIO",
				    COLUMN_NUMBER);
	}
	return ret | table_column(c->t, "NOTES", COLUMN_REST);
}

/* Nothing where one is not known, or below what can be seen. */
static const char *ratio_of(double a, double b, char *buf, size_t size)
{
	double ratio = b / a;

	buf[0] = '\0';
	if (a > 0 && b > 0 && isfinite(ratio) && ratio > 0)
		snprintf(buf, size,
			 ratio < 0.0995 ? "%.2g" :
			 ratio < 9.95	? "%.2f" :
			 ratio < 99.5	? "%.1f" :
			 ratio < 1e6	? "%.0f" :
					  "%.1e",
			 ratio);
	return buf;
}

static int compare_ratio(struct table *t, int column, double a, double b)
{
	char buf[32];

	return table_cell(t, column, ratio_of(a, b, buf, sizeof(buf)));
}

/* fmin() ignores a missing value, which is NAN. */
static double least_figure(const struct result *res)
{
	return fmin(res->summary.floor, res->summary.typical);
}

/* One unit for a line, that of its least figure, which loses no digit then. */
static struct scale scale_of(const struct result *x, const struct result *y)
{
	double floor = least_figure(x);

	return format_scale(y ? fmin(floor, least_figure(y)) : floor, x->unit);
}

static int compare_figures(struct table *t, int floor, int typical,
			   const struct result *res, struct scale sc)
{
	char buf[64];
	int ret;

	ret = table_cell(t, floor,
			 format_scaled(res->summary.floor, sc, buf,
				       sizeof(buf)));
	return ret | table_cell(t, typical,
				format_scaled(res->summary.typical, sc, buf,
					      sizeof(buf)));
}

/* In the line of a benchmark of which @side has no figures: its reason is below. */
static void note_absence(FILE *f, const struct comparison *c, int side,
			 const struct result *res)
{
	const char *label = c->labels.label[side];

	if (!res)
		fprintf(f, "not in %s", label);
	else if (res->status == RESULT_OK)
		fprintf(f, "%s took no samples", label);
	else
		fprintf(f, "%s %s", label, result_status_name(res->status));
}

static void note_tails(FILE *f, const struct pair *p)
{
	const struct result *x = p->res[0], *y = p->res[1];
	char a[64], b[64], ratio[32];

	format_value(x->summary.p99, x->unit, a, sizeof(a));
	format_value(y->summary.p99, y->unit, b, sizeof(b));
	ratio_of(x->summary.p99, y->summary.p99, ratio, sizeof(ratio));
	fprintf(f, "p99 %s and %s", a, b);
	if (*ratio)
		fprintf(f, ", ratio %s", ratio);
}

/* What single tables say of the two. */
static int note_remarks(FILE *f, const struct comparison *c,
			const struct pair *p, bool any)
{
	char *text[2] = { NULL, NULL };
	int ret = 0;

	for (int i = 0; i < 2; i++) {
		if (!p->res[i] || !result_has_figures(p->res[i]))
			continue;
		text[i] = report_remarks(c->r[i], p->res[i]);
		ret |= text[i] ? 0 : -ENOMEM;
	}
	if (text[0] && text[1] && *text[0] && !strcmp(text[0], text[1])) {
		fprintf(f, "%sboth: %s", any ? "; " : "", text[0]);
		goto out;
	}
	for (int i = 0; i < 2; i++) {
		if (!text[i] || !*text[i])
			continue;
		fprintf(f, "%s%s: %s", any ? "; " : "", c->labels.label[i],
			text[i]);
		any = true;
	}
out:
	free(text[0]);
	free(text[1]);
	return ret;
}

static bool has_figures(const struct pair *p, int side)
{
	return p->res[side] && result_has_figures(p->res[side]);
}

static int note_pair(FILE *f, const struct comparison *c, const struct pair *p)
{
	const struct result *x = p->res[0], *y = p->res[1];
	bool any = true;

	if (!has_figures(p, 0))
		note_absence(f, c, 0, x);
	else if (!has_figures(p, 1))
		note_absence(f, c, 1, y);
	else if (strcmp(x->unit, y->unit))
		fprintf(f, "not comparable: in %s and in %s", x->unit, y->unit);
	else if (x->latency || y->latency)
		note_tails(f, p);
	else
		any = false;
	return note_remarks(f, c, p, any);
}

static int compare_note(const struct comparison *c, const struct pair *p)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);
	int ret = f ? note_pair(f, c, p) : -ENOMEM;

	if (f && fclose(f))
		ret = -ENOMEM;
	if (!ret)
		ret = table_cell(c->t, NOTES, text);
	free(text);
	return ret;
}

static int compare_both(struct table *t, const struct result *x,
			const struct result *y)
{
	struct scale sc = scale_of(x, y);

	if (strcmp(x->unit, y->unit))
		return compare_figures(t, FLOOR_A, TYPICAL_A, x,
				       scale_of(x, NULL)) |
		       compare_figures(t, FLOOR_B, TYPICAL_B, y,
				       scale_of(y, NULL));
	return compare_figures(t, FLOOR_A, TYPICAL_A, x, sc) |
	       compare_figures(t, FLOOR_B, TYPICAL_B, y, sc) |
	       compare_ratio(t, RATIO, x->summary.floor, y->summary.floor) |
	       compare_ratio(t, TYPICAL_RATIO, x->summary.typical,
			     y->summary.typical);
}

/* A second one of that name is none of the first. */
static int compare_name(struct table *t, const struct pair *p)
{
	char *name;
	int ret;

	if (!p->nth)
		return table_cell(t, NAME, pair_name(p));
	if (asprintf(&name, "%s (no. %zu)", pair_name(p), p->nth + 1) < 0)
		return -ENOMEM;
	ret = table_cell(t, NAME, name);
	free(name);
	return ret;
}

static int compare_line(struct comparison *c, const struct pair *p)
{
	bool a = has_figures(p, 0), b = has_figures(p, 1);
	int ret;

	if (!a && !b)
		return 0;
	ret = table_line(c->t);
	if (ret)
		return ret;
	c->lines++;
	ret = compare_name(c->t, p);
	if (a && b) {
		ret |= compare_both(c->t, p->res[0], p->res[1]);
		return ret | compare_note(c, p);
	}
	table_dim(c->t);
	if (a)
		ret |= compare_figures(c->t, FLOOR_A, TYPICAL_A, p->res[0],
				       scale_of(p->res[0], NULL));
	else
		ret |= compare_figures(c->t, FLOOR_B, TYPICAL_B, p->res[1],
				       scale_of(p->res[1], NULL));
	return ret | compare_note(c, p);
}

static const char *emulation(const struct results *r)
{
	if (results_env_get(r, "emulated_host"))
		return ": in an emulated host, whose times are an emulator's";
	if (results_env_get(r, "emulated"))
		return ": the CPU is emulated, its times are an emulator's";
	return "";
}

static void compare_heading(FILE *out, const struct comparison *c, int side)
{
	const struct results *r = c->r[side];
	const char *label = c->labels.label[side];
	const char *full = c->labels.full[side];
	bool other = strcmp(label, r->backend) != 0;
	bool file = r->file && strcmp(r->file, full ? full : label);
	char machines[64];

	wrap_printf(out, 4, "%s%s%s: %s%s%s%s%s, Linux %s on %s%s", label,
		    full ? " is " : "", full ? full : "",
		    other ? r->backend : "", other ? ", " : "",
		    file ? r->file : "", file ? ", " : "",
		    report_machines(r, machines, sizeof(machines)),
		    report_env(r, "guest.kernel"), report_env(r, "guest.cpu"),
		    emulation(r));
}

/* Why @side has no figures of a benchmark; the table's line says if it lacks it. */
static int compare_reason(struct comparison *c, int side, const struct pair *p)
{
	const struct result *res = p->res[side];

	if (has_figures(p, side) || (!res && has_figures(p, !side)))
		return 0;
	if (!res)
		return report_reason(
			&c->reasons, c->lacks[side], pair_name(p),
			p->nth ? "its results have no further one" :
				 "its results have no such benchmark",
			true);
	if (res->status == RESULT_OK)
		return report_reason(&c->reasons, c->ran[side], pair_name(p),
				     "it took no samples", true);
	return report_reason(&c->reasons,
			     res->status == RESULT_FAILED ? c->failed[side] :
							    c->skipped[side],
			     pair_name(p), res->reason,
			     res->status == RESULT_SKIPPED);
}

static bool has_failed(const struct pair *p, int side)
{
	return p->res[side] && p->res[side]->status == RESULT_FAILED;
}

/* A failure matters more than a skip, so it comes first. */
static int compare_reasons(struct comparison *c)
{
	int ret = 0;

	for (int side = 0; side < 2; side++)
		for (size_t i = 0; i < c->n && !ret; i++)
			if (has_failed(&c->pairs[i], side))
				ret = compare_reason(c, side, &c->pairs[i]);
	for (int side = 0; side < 2; side++)
		for (size_t i = 0; i < c->n && !ret; i++)
			if (!has_failed(&c->pairs[i], side))
				ret = compare_reason(c, side, &c->pairs[i]);
	report_reasons_join(&c->reasons);
	return ret;
}

static void compare_labels(struct comparison *c)
{
	report_labels(c->r[0], c->r[1], &c->labels);
	for (int side = 0; side < 2; side++) {
		const char *label = c->labels.label[side];

		snprintf(c->failed[side], WHAT_MAX, "%s failed", label);
		snprintf(c->skipped[side], WHAT_MAX, "%s skipped", label);
		snprintf(c->ran[side], WHAT_MAX, "%s ran", label);
		snprintf(c->lacks[side], WHAT_MAX, "%s lacks", label);
	}
}

static int compare_fill(struct comparison *c)
{
	int ret = compare_pairs(c);

	compare_labels(c);
	ret = ret ? ret : compare_columns(c);
	for (size_t i = 0; i < c->n && !ret; i++)
		ret = compare_line(c, &c->pairs[i]);
	return ret ? ret : compare_reasons(c);
}

int report_compare(FILE *out, const struct results *a, const struct results *b)
{
	struct comparison c = { .r = { a, b }, .t = table_new(out) };
	int ret = c.t ? compare_fill(&c) : -ENOMEM;

	if (!ret) {
		compare_heading(out, &c, 0);
		compare_heading(out, &c, 1);
		wrap_printf(out, 0,
			    "Time for one operation, smaller is "
			    "better; no verdict on differences.");
		fputc('\n', out);
		if (c.lines || !c.reasons.n)
			table_print(c.t);
		if (c.lines && c.reasons.n)
			fputc('\n', out);
		report_reasons_print(out, &c.reasons);
	}
	report_reasons_free(&c.reasons);
	table_free(c.t);
	free(c.pairs);
	return ret;
}
