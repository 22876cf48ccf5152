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

static void add(struct sum *s, const struct exit_row *row)
{
	s->count += row->count;
	s->per_op += row->per_op;
	s->kernel_ns += row->kernel_ns;
	s->vmm_ns += row->vmm_ns;
	s->sched_ns += row->sched_ns;
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
		snprintf(buf, sizeof(buf), "%.*f", per_s < 9.95 ? 1 : 0, per_s);
	else if (!isnan(s->per_op))
		snprintf(buf, sizeof(buf), "%.3f", s->per_op);
	return table_cell(t->t, RATE, buf);
}

static int fill(struct exits_table *t, const struct exits *x,
		const struct sum *s, const char *name)
{
	char buf[32];
	int ret = table_cell(t->t, NAME, name) | rate(t, s);

	snprintf(buf, sizeof(buf), "%llu", (unsigned long long)s->count);
	ret |= table_cell(t->t, COUNT, buf);
	if (s->count && s->kernel_ns + s->vmm_ns + s->sched_ns)
		ret |= table_cell(
			t->t, EACH,
			format_value((double)(s->kernel_ns + s->vmm_ns +
					      s->sched_ns) /
					     s->count,
				     "ns", buf, sizeof(buf)));
	ret |= share(t, KVM, s->kernel_ns, x->wall_ns);
	ret |= share(t, VMM, s->vmm_ns, x->wall_ns);
	return ret | share(t, ASLEEP, s->sched_ns, x->wall_ns);
}

static void append(char *buf, size_t size, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static void append(char *buf, size_t size, const char *fmt, ...)
{
	size_t len = strlen(buf);
	va_list args;

	len += snprintf(buf + len, size - len, "%s", len ? "; " : "");
	if (len >= size)
		return;
	va_start(args, fmt);
	vsnprintf(buf + len, size - len, fmt, args);
	va_end(args);
}

/* For use in notes() and notes_of_kvm(), which have x, buf and size. */
#define APPEND_COUNT(member, text)                             \
	do {                                                   \
		if (x->member)                                 \
			append(buf, size, text,                \
			       (unsigned long long)x->member); \
	} while (0)

static void notes_of_kvm(const struct exits *x, char *buf, size_t size)
{
	if (x->has_stat && x->stat_exits != x->count)
		append(buf, size, "KVM itself counted %llu",
		       (unsigned long long)x->stat_exits);
	else
		APPEND_COUNT(uneven,
			     "KVM itself counted differently in %llu windows");
}

static void notes(const struct exits *x, char *buf, size_t size)
{
	buf[0] = '\0';
	if (x->findings[0])
		append(buf, size, "finding: %s", x->findings);
	if (x->broken[0])
		append(buf, size, "broken markers: %s", x->broken);
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
	notes_of_kvm(x, buf, size);
	if (x->gap > GAP_MAX)
		append(buf, size, "%.1f %% of the time is unaccounted for",
		       x->gap * 100);
	if (x->runs && x->untraced_ns > 0 && x->traced_ns > 0)
		append(buf, size, "traced: %+.0f %% time",
		       (x->traced_ns / x->untraced_ns - 1) * 100);
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
	char buf[1024];
	int ret = table_line_at(t->t, 0);

	if (ret)
		return ret;
	table_bold(t->t);
	ret = fill(t, x, &all, name);
	ret |= share(t, GUEST, x->guest_ns, x->wall_ns);
	notes(x, buf, sizeof(buf));
	return ret | table_cell(t->t, NOTES, buf);
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

static size_t rows_of(const struct exits *x, u64 reason)
{
	size_t n = 0;

	for (size_t i = 0; i < x->nrows; i++)
		n += reason_of(x->rows[i].what) == reason && happens(x, i);
	return n;
}

/* They add up to the reason: exits of it without a detail are one of them. */
static int details(struct exits_table *t, const struct exits *x, u64 reason)
{
	bool several = rows_of(x, reason) > 1;
	struct sum rest = { 0 };
	size_t shown = 0, left = 0;
	int ret = 0;

	for (size_t i = 0; i < x->nrows && !ret; i++) {
		const struct exit_row *row = &x->rows[i];

		if (reason_of(row->what) != reason || !happens(x, i) ||
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
		rest.count += site->count;
		left++;
	}
	return ret ? ret : rest_line(t, x, &rest, left, 2, "place");
}

/* A reason is added at its most frequent row. */
static bool first_of_reason(const struct exits *x, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (reason_of(x->rows[k].what) == reason_of(x->rows[i].what))
			return false;
	return true;
}

static struct sum sum_of_reason(const struct exits *x, u64 reason)
{
	struct sum s = { 0 };

	for (size_t i = 0; i < x->nrows; i++)
		if (reason_of(x->rows[i].what) == reason)
			add(&s, &x->rows[i]);
	return s;
}

int exits_table_add(struct exits_table *t, const char *name,
		    const struct exits *x)
{
	struct sum s, rest = { 0 };
	size_t left = 0;
	int ret = heading(t, name, x);

	for (size_t i = 0; i < x->nrows && !ret; i++) {
		u64 reason = reason_of(x->rows[i].what);

		if (!first_of_reason(x, i))
			continue;
		s = sum_of_reason(x, reason);
		if (!s.count && !s.kernel_ns && !s.vmm_ns && !s.sched_ns)
			continue;
		if (x->runs && s.per_op < RARE) {
			rest.count += s.count;
			rest.per_op += s.per_op;
			rest.kernel_ns += s.kernel_ns;
			rest.vmm_ns += s.vmm_ns;
			rest.sched_ns += s.sched_ns;
			left++;
			continue;
		}
		ret = table_line_at(t->t, 1);
		ret = ret ? ret : fill(t, x, &s, x->rows[i].reason);
		ret = ret ? ret : details(t, x, reason);
		ret = ret ? ret : sites(t, x, reason, s.count);
	}
	return ret ? ret : rest_line(t, x, &rest, left, 1, "reason");
}
