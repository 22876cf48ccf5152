// SPDX-License-Identifier: GPL-2.0-only
/* The tree of exits: what was traced, reasons, details and places. */
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report-exits.h"
#include "report.h"
#include "table.h"

/* What happens less often for an operation, in a benchmark. */
#define RARE 0.0005
/* More than this of one reason are summed up. */
#define LINES_MAX 12

/* The parts of a window's time are its whole, but for that much. */
#define GAP_MAX 0.001
/* A share has no digits that are worth reading from here on. */
#define GAP_MOST 1e9

/* Places that are shown of one reason, and each one's least share. */
#define SITES_MAX 4
#define SITE_SHARE 0.1

enum { NAME, RATE, COUNT, EACH, GUEST, KVM, VMM, ASLEEP, NOTES };

struct exits_table {
	struct table *t;
	double seconds;
};

struct exits_table *exits_table_new(FILE *out, double seconds)
{
	static const char *const heads[] = { "COUNT", "EACH", "GUEST",
					     "KVM",   "VMM",  "ASLEEP" };
	struct exits_table *x = calloc(1, sizeof(*x));
	int ret;

	if (!x)
		return NULL;
	x->seconds = seconds;
	x->t = table_new(out);
	ret = x->t ? 0 : -ENOMEM;
	ret = ret ? ret : table_column(x->t, "EXITS", COLUMN_TREE);
	ret = ret ? ret :
		    table_column(x->t, seconds > 0 ? "PER S" : "PER OP",
				 COLUMN_NUMBER);
	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]) && !ret; i++)
		ret = table_column(x->t, heads[i], COLUMN_NUMBER);
	ret = ret ? ret : table_column(x->t, "NOTES", COLUMN_REST);
	if (!ret)
		return x;
	exits_table_free(x);
	return NULL;
}

void exits_table_print(struct exits_table *t)
{
	table_print(t->t);
}

void exits_table_free(struct exits_table *t)
{
	if (!t)
		return;
	table_free(t->t);
	free(t);
}

/* What one line sums up. */
struct sum {
	u64 count;
	double per_op;
	u64 kernel_ns, vmm_ns, sched_ns;
};

/* A file can hold counts whose sum has no room. */
static void sum_up(u64 *sum, u64 v)
{
	if (__builtin_add_overflow(*sum, v, sum))
		*sum = UINT64_MAX;
}

static void add_sum(struct sum *s, const struct sum *more)
{
	sum_up(&s->count, more->count);
	s->per_op += more->per_op;
	sum_up(&s->kernel_ns, more->kernel_ns);
	sum_up(&s->vmm_ns, more->vmm_ns);
	sum_up(&s->sched_ns, more->sched_ns);
}

static void add(struct sum *s, const struct exit_row *row)
{
	struct sum one = {
		.count = row->count,
		.per_op = row->per_op,
		.kernel_ns = row->kernel_ns,
		.vmm_ns = row->vmm_ns,
		.sched_ns = row->sched_ns,
	};

	add_sum(s, &one);
}

static int share(struct exits_table *t, int column, u64 ns, u64 wall)
{
	char buf[32] = "";

	if (ns && wall)
		format_percent((double)ns / wall, buf, sizeof(buf));
	return table_cell(t->t, column, buf);
}

static int rate(struct exits_table *t, const struct sum *s)
{
	double per_s = t->seconds > 0 ? s->count / t->seconds : 0;
	char buf[32] = "";

	if (t->seconds > 0)
		format_plain(per_s, per_s < 9.95 ? 1 : 0, buf, sizeof(buf));
	else if (!isnan(s->per_op))
		format_plain(s->per_op, 3, buf, sizeof(buf));
	return table_cell(t->t, RATE, buf);
}

static int fill(struct exits_table *t, const struct exits *x,
		const struct sum *s, const char *name)
{
	double ns = (double)s->kernel_ns + s->vmm_ns + s->sched_ns;
	char buf[32] = "-";
	int ret = table_cell(t->t, NAME, name) | rate(t, s);

	if (s->count != EXITS_UNKNOWN)
		snprintf(buf, sizeof(buf), "%llu",
			 (unsigned long long)s->count);
	ret |= table_cell(t->t, COUNT, buf);
	if (s->count && s->count != EXITS_UNKNOWN && ns > 0)
		ret |= table_cell(t->t, EACH,
				  format_value(ns / s->count, "ns", buf,
					       sizeof(buf)));
	ret |= share(t, KVM, s->kernel_ns, x->wall_ns);
	ret |= share(t, VMM, s->vmm_ns, x->wall_ns);
	return ret | share(t, ASLEEP, s->sched_ns, x->wall_ns);
}

__attribute__((format(printf, 2, 3))) static void append(FILE *f,
							 const char *fmt, ...)
{
	va_list args;

	if (ftell(f) > 0)
		fputs("; ", f);
	va_start(args, fmt);
	vfprintf(f, fmt, args);
	va_end(args);
}

/* For use in notes() and notes_of_kvm(), which have x and f. */
#define APPEND_COUNT(member, text)                                      \
	do {                                                            \
		if (x->member)                                          \
			append(f, text, (unsigned long long)x->member); \
	} while (0)

static void notes_of_kvm(FILE *f, const struct exits *x)
{
	if (x->has_stat && x->count != EXITS_UNKNOWN &&
	    x->stat_exits != x->count)
		append(f, "KVM itself counted %llu",
		       (unsigned long long)x->stat_exits);
	else
		APPEND_COUNT(uneven,
			     "KVM itself counted differently in %llu windows");
}

static void notes_of_time(FILE *f, const struct exits *x)
{
	double more = x->traced_ns / x->untraced_ns - 1;
	char buf[32];

	if (x->gap > GAP_MAX)
		append(f, "%s of the time is unaccounted for",
		       format_percent(fmin(x->gap, GAP_MOST), buf,
				      sizeof(buf)));
	if (!x->runs || !(x->untraced_ns > 0) || !(x->traced_ns > 0) ||
	    !isfinite(more * 100))
		return;
	append(f, "traced: %s%s %% time", more < 0 ? "-" : "+",
	       format_plain(fabs(more) * 100, 0, buf, sizeof(buf)));
}

static void notes(FILE *f, const struct exits *x)
{
	if (x->findings[0])
		append(f, "finding: %s", x->findings);
	if (x->broken[0])
		append(f, "broken markers: %s", x->broken);
	APPEND_COUNT(lost, "%llu lost");
	APPEND_COUNT(missed_events,
		     "%llu events other than exits were missed: times and "
		     "details can be wrong");
	APPEND_COUNT(sites_over, "%llu exits have no place here, because the "
				 "table was full");
	APPEND_COUNT(sites_hidden,
		     "the places of %llu exits are hidden by the guest "
		     "(SEV-ES, TDX)");
	APPEND_COUNT(unseen_vcpus, "%llu vCPUs were not seen");
	APPEND_COUNT(backwards, "%llu spans of time rejected: they ended "
				"before they began");
	notes_of_kvm(f, x);
	notes_of_time(f, x);
}

static int notes_cell(struct exits_table *t, const struct exits *x)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);
	int ret = -ENOMEM;

	if (!f)
		return ret;
	notes(f, x);
	if (!fclose(f))
		ret = table_cell(t->t, NOTES, text);
	free(text);
	return ret;
}

static int heading(struct exits_table *t, const char *name,
		   const struct exits *x)
{
	struct sum all = {
		.count = x->count,
		.per_op = x->per_op,
		.kernel_ns = x->kernel_ns,
		.vmm_ns = x->vmm_ns,
		.sched_ns = x->sched_ns,
	};
	int ret = table_line_at(t->t, 0);

	if (ret)
		return ret;
	table_bold(t->t);
	ret = fill(t, x, &all, name);
	ret |= share(t, GUEST, x->guest_ns, x->wall_ns);
	return ret | notes_cell(t, x);
}

static u64 reason_of(u64 what)
{
	return what & ~TRACE_WHAT_USER;
}

/* False for a row that only windows without operations have. */
static bool happens(const struct exits *x, size_t i)
{
	const struct exit_row *row = &x->rows[i];

	return row->count || row->kernel_ns || row->vmm_ns || row->sched_ns;
}

static int missed_note(struct exits_table *t, u64 missed)
{
	char buf[64];

	if (!missed)
		return 0;
	snprintf(buf, sizeof(buf), "and up to %llu without a place",
		 (unsigned long long)missed);
	return table_cell(t->t, NOTES, buf);
}

static int detail_line(struct exits_table *t, const struct exits *x,
		       const struct exit_row *row)
{
	struct sum s = { 0 };
	char name[80];
	int ret = table_line_at(t->t, 2);

	if (ret)
		return ret;
	add(&s, row);
	ret = missed_note(t, row->missed);
	snprintf(name, sizeof(name), "%s%s%s", row->detail,
		 row->detail[0] && row->user_exits ? ", " : "",
		 row->user_exits ? "by the VMM" :
		 row->detail[0]	 ? "" :
				   "no detail");
	return ret | fill(t, x, &s, name);
}

static int site_line(struct exits_table *t, const struct exits *x,
		     const struct exit_site *site)
{
	char name[256], buf[32];
	int ret = table_line_at(t->t, 2);

	if (ret)
		return ret;
	snprintf(name, sizeof(name), "at 0x%llx%s%s%s%s",
		 (unsigned long long)site->rip, site->function[0] ? " " : "",
		 site->function, site->line[0] ? " " : "", site->line);
	snprintf(buf, sizeof(buf), "%llu", (unsigned long long)site->count);
	return missed_note(t, site->missed) | table_cell(t->t, NAME, name) |
	       table_cell(t->t, COUNT, buf);
}

static int rest_line(struct exits_table *t, const struct exits *x,
		     const struct sum *s, size_t n, int level, const char *of)
{
	char name[64];
	int ret = n ? table_line_at(t->t, level) : 0;

	if (ret || !n)
		return ret;
	snprintf(name, sizeof(name), "%zu other %s%s", n, of,
		 n == 1 ? "" : "s");
	return fill(t, x, s, name);
}

/* The rows of one reason: @n of them from @order, which holds their indices. */
struct group {
	u64 reason;
	const size_t *order;
	size_t n;
	struct sum sum;
};

static size_t rows_of(const struct exits *x, const struct group *g)
{
	size_t n = 0;

	for (size_t i = 0; i < g->n; i++)
		n += happens(x, g->order[i]);
	return n;
}

/* They add up to the reason: exits of it without a detail are one of them. */
static int details(struct exits_table *t, const struct exits *x,
		   const struct group *g)
{
	bool several = rows_of(x, g) > 1;
	struct sum rest = { 0 };
	size_t shown = 0, left = 0;
	int ret = 0;

	for (size_t i = 0; i < g->n && !ret; i++) {
		const struct exit_row *row = &x->rows[g->order[i]];

		if (!happens(x, g->order[i]) ||
		    (!several && !row->detail[0] && !row->user_exits))
			continue;
		if (shown++ < LINES_MAX) {
			ret = detail_line(t, x, row);
			continue;
		}
		add(&rest, row);
		left++;
	}
	return ret ? ret : rest_line(t, x, &rest, left, 2, "detail");
}

/* The places that an exit mostly comes from; timers' come from anywhere. */
static int sites(struct exits_table *t, const struct exits *x, u64 reason,
		 u64 count)
{
	struct sum rest = { .per_op = NAN };
	size_t shown = 0, left = 0;
	int ret = 0;

	for (size_t i = 0; i < x->nsites && !ret; i++) {
		const struct exit_site *site = &x->sites[i];

		if (site->what != reason || !site->count)
			continue;
		if (shown < SITES_MAX && site->count >= count * SITE_SHARE) {
			ret = site_line(t, x, site);
			shown++;
			continue;
		}
		sum_up(&rest.count, site->count);
		left++;
	}
	return ret ? ret : rest_line(t, x, &rest, left, 2, "place");
}

/* Rows of one reason are neighbours then, in their order. */
static int by_reason(const void *a, const void *b, void *arg)
{
	const size_t *i = a, *k = b;
	const struct exits *x = arg;
	u64 p = reason_of(x->rows[*i].what), q = reason_of(x->rows[*k].what);

	return p != q ? (p > q) - (p < q) : (*i > *k) - (*i < *k);
}

/* A reason stands where its most frequent row does. */
static int by_first(const void *a, const void *b)
{
	const struct group *p = a, *q = b;

	return (*p->order > *q->order) - (*p->order < *q->order);
}

/* One pass over sorted rows: a file can have thousands of reasons. */
static size_t group_rows(const struct exits *x, size_t *order,
			 struct group *groups)
{
	size_t n = 0;

	for (size_t i = 0; i < x->nrows; i++)
		order[i] = i;
	qsort_r(order, x->nrows, sizeof(*order), by_reason, (void *)x);
	for (size_t i = 0; i < x->nrows; i++) {
		u64 reason = reason_of(x->rows[order[i]].what);

		if (!n || groups[n - 1].reason != reason)
			groups[n++] = (struct group){ .reason = reason,
						      .order = &order[i] };
		groups[n - 1].n++;
		add(&groups[n - 1].sum, &x->rows[order[i]]);
	}
	qsort(groups, n, sizeof(*groups), by_first);
	return n;
}

static int group_lines(struct exits_table *t, const struct exits *x,
		       const struct group *g)
{
	int ret = table_line_at(t->t, 1);

	ret = ret ? ret : fill(t, x, &g->sum, x->rows[*g->order].reason);
	ret = ret ? ret : details(t, x, g);
	return ret ? ret : sites(t, x, g->reason, g->sum.count);
}

static bool is_empty(const struct sum *s)
{
	return !s->count && !s->kernel_ns && !s->vmm_ns && !s->sched_ns;
}

int exits_table_add(struct exits_table *t, const char *name,
		    const struct exits *x)
{
	size_t *order = calloc(x->nrows + 1, sizeof(*order));
	struct group *groups = calloc(x->nrows + 1, sizeof(*groups));
	size_t n = order && groups ? group_rows(x, order, groups) : 0;
	int ret = order && groups ? heading(t, name, x) : -ENOMEM;
	struct sum rest = { 0 };
	size_t left = 0;

	for (size_t i = 0; i < n && !ret; i++) {
		if (is_empty(&groups[i].sum))
			continue;
		if (!x->runs || !(groups[i].sum.per_op < RARE)) {
			ret = group_lines(t, x, &groups[i]);
			continue;
		}
		add_sum(&rest, &groups[i].sum);
		left++;
	}
	free(groups);
	free(order);
	return ret ? ret : rest_line(t, x, &rest, left, 1, "reason");
}
