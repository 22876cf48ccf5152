// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exits.h"

static struct exit_row *row_of(struct exits *x, u64 what, u64 detail)
{
	struct exit_row *rows;

	for (size_t i = 0; i < x->nrows; i++)
		if (x->rows[i].what == what && x->rows[i].detail_code == detail)
			return &x->rows[i];
	rows = reallocarray(x->rows, x->nrows + 1, sizeof(*rows));
	if (!rows)
		return NULL;
	x->rows = rows;
	rows += x->nrows++;
	*rows = (struct exit_row){ .what = what, .detail_code = detail };
	return rows;
}

static int add_cell(struct exits *x, const struct exit_cell *c, bool fixed)
{
	struct exit_row *row;

	if (!c->count)
		return 0;
	row = row_of(x, c->what, c->detail);
	if (!row)
		return -ENOMEM;
	if (fixed) {
		row->fixed_count += c->count;
		return 0;
	}
	row->count += c->count;
	row->missed += c->missed;
	row->user_exits += c->user_exits;
	row->kernel_ns += c->ns[PHASE_KERNEL];
	row->vmm_ns += c->ns[PHASE_VMM];
	row->sched_ns += c->ns[PHASE_SCHED];
	x->guest_ns += c->ns[PHASE_GUEST];
	x->kernel_ns += c->ns[PHASE_KERNEL];
	x->vmm_ns += c->ns[PHASE_VMM];
	x->sched_ns += c->ns[PHASE_SCHED];
	return 0;
}

void exits_broken(struct exits *x, u64 n, const char *what)
{
	size_t len = strlen(x->broken);

	if (n)
		snprintf(x->broken + len, sizeof(x->broken) - len, "%s%llux %s",
			 len ? ", " : "", (unsigned long long)n, what);
}

static void add_markers(struct exits *x, const struct trace_window *w)
{
	x->markers.begin_twice += w->begin_twice;
	x->markers.end_alone += w->end_alone;
	x->markers.foreign += w->foreign;
	x->markers.killed += w->killed;
	x->markers.moved += w->moved;
	x->markers.open += w->owner != 0;
}

/* Once, for all windows together. */
static void note_markers(struct exits *x)
{
	exits_broken(x, x->markers.begin_twice, "begin in an open window");
	exits_broken(x, x->markers.end_alone, "end without begin");
	exits_broken(x, x->markers.foreign, "a marker of another VM");
	exits_broken(x, x->markers.killed, "the vCPU ended in the window");
	exits_broken(x, x->markers.moved, "end on another vCPU");
	exits_broken(x, x->markers.open, "begin without end");
	memset(&x->markers, 0, sizeof(x->markers));
}

/* The difference between a window's time and the sum of its parts. */
static double gap(const struct trace_window *w)
{
	double parts = 0;

	for (int p = 0; p < PHASES; p++) {
		parts += w->tail_ns[p] + w->over.ns[p];
		for (size_t i = 0; i < TRACE_CELLS; i++)
			parts += w->cell[i].ns[p];
	}
	return w->wall_ns ? fabs(parts - w->wall_ns) / w->wall_ns : 0;
}

int exits_add(struct exits *x, const struct trace_window *w, bool fixed)
{
	int ret = add_cell(x, &w->over, fixed);

	for (size_t i = 0; i < TRACE_CELLS && !ret; i++)
		ret = add_cell(x, &w->cell[i], fixed);
	add_markers(x, w);
	x->lost += w->over.count;
	x->uneven += w->uneven;
	x->gap = fmax(x->gap, gap(w));
	if (fixed) {
		x->fixed_opens += w->opens;
		return ret;
	}
	x->opens += w->opens;
	x->discarded += w->discarded;
	x->count += w->exits;
	x->stat_exits += w->stat_exits;
	x->wall_ns += w->wall_ns;
	x->guest_ns += w->tail_ns[PHASE_GUEST];
	x->kernel_ns += w->tail_ns[PHASE_KERNEL];
	x->vmm_ns += w->tail_ns[PHASE_VMM];
	x->sched_ns += w->tail_ns[PHASE_SCHED];
	return ret;
}

static struct exit_site *site_of(struct exits *x, u64 what, u64 rip, u32 slot)
{
	struct exit_site *sites;

	for (size_t i = 0; i < x->nsites; i++)
		if (x->sites[i].what == what && x->sites[i].rip == rip &&
		    x->sites[i].slot == slot)
			return &x->sites[i];
	sites = reallocarray(x->sites, x->nsites + 1, sizeof(*sites));
	if (!sites)
		return NULL;
	x->sites = sites;
	sites += x->nsites++;
	*sites = (struct exit_site){ .what = what, .rip = rip, .slot = slot };
	return sites;
}

int exits_add_rips(struct exits *x, const struct trace_rips *r, u32 slot,
		   bool fixed)
{
	for (size_t i = 0; i < TRACE_RIPS; i++) {
		const struct rip_cell *c = &r->cell[i];
		struct exit_site *site;

		if (!c->count)
			continue;
		site = site_of(x, c->what, c->rip, slot);
		if (!site)
			return -ENOMEM;
		if (fixed) {
			site->fixed_count += c->count;
			continue;
		}
		site->count += c->count;
		site->missed += c->missed;
	}
	if (!fixed) {
		x->sites_over += r->over;
		x->sites_hidden += r->hidden;
	}
	return 0;
}

/* @y times @f: 1, or -1 as unsigned numbers have it. */
static int join_rows(struct exits *x, const struct exits *y, u64 f)
{
	for (size_t i = 0; i < y->nrows; i++) {
		const struct exit_row *from = &y->rows[i];
		struct exit_row *to = row_of(x, from->what, from->detail_code);

		if (!to)
			return -ENOMEM;
		memcpy(to->reason, from->reason, sizeof(to->reason));
		memcpy(to->detail, from->detail, sizeof(to->detail));
		to->count += f * from->count;
		to->missed += f * from->missed;
		to->fixed_count += f * from->fixed_count;
		to->user_exits += f * from->user_exits;
		to->kernel_ns += f * from->kernel_ns;
		to->vmm_ns += f * from->vmm_ns;
		to->sched_ns += f * from->sched_ns;
	}
	return 0;
}

static int join_sites(struct exits *x, const struct exits *y, u64 f)
{
	for (size_t i = 0; i < y->nsites; i++) {
		const struct exit_site *from = &y->sites[i];
		struct exit_site *to =
			site_of(x, from->what, from->rip, from->slot);

		if (!to)
			return -ENOMEM;
		memcpy(to->reason, from->reason, sizeof(to->reason));
		to->count += f * from->count;
		to->missed += f * from->missed;
		to->fixed_count += f * from->fixed_count;
	}
	return 0;
}

static int join(struct exits *x, const struct exits *y, u64 f)
{
	int ret = join_rows(x, y, f);

	x->opens += f * y->opens;
	x->count += f * y->count;
	x->guest_ns += f * y->guest_ns;
	x->kernel_ns += f * y->kernel_ns;
	x->vmm_ns += f * y->vmm_ns;
	x->sched_ns += f * y->sched_ns;
	x->wall_ns += f * y->wall_ns;
	x->lost += f * y->lost;
	x->sites_over += f * y->sites_over;
	x->sites_hidden += f * y->sites_hidden;
	x->gap = fmax(x->gap, y->gap);
	return ret ? ret : join_sites(x, y, f);
}

int exits_join(struct exits *x, const struct exits *y)
{
	return join(x, y, 1);
}

static void pay(u64 *debt, u64 *from)
{
	s64 owed = -(s64)*debt, has = *from;

	if (owed <= 0 || has <= 0)
		return;
	if (owed > has)
		owed = has;
	*debt += owed;
	*from -= owed;
}

static void pay_debts(struct exit_row *row, struct exit_row *from)
{
	pay(&row->kernel_ns, &from->kernel_ns);
	pay(&row->vmm_ns, &from->vmm_ns);
	pay(&row->sched_ns, &from->sched_ns);
}

static bool is_crowded(const struct exit_row *row)
{
	return TRACE_DETAIL_KIND(row->detail_code) == TRACE_CROWDED;
}

/* Exits that lost their place moved to the row of those without one. */
static void pay_counts(struct exit_row *row, struct exit_row *from)
{
	if (row->what != from->what || !is_crowded(from))
		return;
	pay(&row->count, &from->count);
	pay(&row->user_exits, &from->user_exits);
}

static void not_below_zero(u64 *ns)
{
	if ((s64)*ns < 0)
		*ns = 0;
}

/*
 * An exit under way was booked as what it was by then.  When it goes on to the
 * VMM, or tells its detail, all its time moves to another row of its reason: the
 * row that had it before owes it to that one.
 */
static void settle_debts(struct exits *x)
{
	for (int other_detail = 0; other_detail < 2; other_detail++)
		for (size_t i = 0; i < x->nrows * x->nrows; i++) {
			struct exit_row *row = &x->rows[i / x->nrows];
			struct exit_row *from = &x->rows[i % x->nrows];

			if ((row->what ^ from->what) & ~TRACE_WHAT_USER)
				continue;
			if (other_detail ||
			    row->detail_code == from->detail_code)
				pay_debts(row, from);
			if (other_detail)
				pay_counts(row, from);
		}
	for (size_t i = 0; i < x->nrows; i++) {
		not_below_zero(&x->rows[i].count);
		not_below_zero(&x->rows[i].missed);
		not_below_zero(&x->rows[i].user_exits);
		not_below_zero(&x->rows[i].kernel_ns);
		not_below_zero(&x->rows[i].vmm_ns);
		not_below_zero(&x->rows[i].sched_ns);
	}
	for (size_t i = 0; i < x->nsites; i++) {
		not_below_zero(&x->sites[i].count);
		not_below_zero(&x->sites[i].missed);
	}
	/* A program that was preempted can move an end to before the last look
	 * (settle() in bpf/vcpus.h). */
	not_below_zero(&x->guest_ns);
	not_below_zero(&x->kernel_ns);
	not_below_zero(&x->vmm_ns);
	not_below_zero(&x->sched_ns);
}

int exits_take_off(struct exits *x, const struct exits *y)
{
	int ret = join(x, y, -1);

	settle_debts(x);
	return ret;
}

/* Exits that windows without runs have, too, do not belong to the operations. */
static double operations(const struct exits *x, u64 count, u64 fixed_count)
{
	double fixed = 0;

	if (!x->runs || x->broken[0])
		return NAN;
	if (x->fixed_opens)
		fixed = (double)fixed_count * x->opens / x->fixed_opens;
	return count > fixed ? (count - fixed) / x->runs : 0;
}

static int by_count(const void *a, const void *b)
{
	const struct exit_row *p = a, *q = b;

	if (p->count != q->count)
		return p->count < q->count ? 1 : -1;
	if (p->what != q->what)
		return p->what < q->what ? -1 : 1;
	return p->detail_code < q->detail_code ? -1 : 1;
}

static int by_site_count(const void *a, const void *b)
{
	const struct exit_site *p = a, *q = b;

	if (p->count != q->count)
		return p->count < q->count ? 1 : -1;
	return p->rip < q->rip ? -1 : p->rip > q->rip;
}

static bool same_place(const struct exit_site *a, const struct exit_site *b)
{
	if (a->what != b->what || strcmp(a->line, b->line))
		return false;
	/* Functions of user space have no offset, but no other address. */
	return a->rip == b->rip ||
	       (strchr(a->function, '+') && !strcmp(a->function, b->function));
}

void exits_merge_sites(struct exits *x)
{
	size_t kept = 0, k;

	for (size_t i = 0; i < x->nsites; i++) {
		for (k = 0; k < kept; k++)
			if (same_place(&x->sites[k], &x->sites[i]))
				break;
		if (k == kept) {
			x->sites[kept++] = x->sites[i];
			continue;
		}
		x->sites[k].count += x->sites[i].count;
		x->sites[k].missed += x->sites[i].missed;
		x->sites[k].fixed_count += x->sites[i].fixed_count;
	}
	x->nsites = kept;
	if (kept)
		qsort(x->sites, kept, sizeof(*x->sites), by_site_count);
}

/* A return to user space for a signal takes time, but is not an exit. */
static bool is_exit(const struct exit_row *row)
{
	return (row->what >> 32 & 0xff) != TRACE_ISA_SIGNAL;
}

/* The whole is the sum of its parts, each of them at least 0: else a part could
 * be more than the whole. */
void exits_finish(struct exits *x, u64 runs)
{
	note_markers(x);
	x->runs = runs;
	x->per_op = operations(x, 0, 0);
	for (size_t i = 0; i < x->nrows; i++) {
		struct exit_row *row = &x->rows[i];

		row->per_op = operations(x, row->count, row->fixed_count);
		if (is_exit(row))
			x->per_op += row->per_op;
	}
	if (x->nrows)
		qsort(x->rows, x->nrows, sizeof(*x->rows), by_count);
	if (x->nsites)
		qsort(x->sites, x->nsites, sizeof(*x->sites), by_site_count);
}

void exits_free(struct exits *x)
{
	free(x->rows);
	free(x->sites);
	memset(x, 0, sizeof(*x));
}

u64 exits_parts_ns(const struct exits *x)
{
	return x->guest_ns + x->kernel_ns + x->vmm_ns + x->sched_ns;
}
