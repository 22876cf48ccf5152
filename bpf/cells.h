/* SPDX-License-Identifier: GPL-2.0-only */
/* Counts one exit: which cell of its window, and where it came from. */
#ifndef VBENCH_BPF_CELLS_H
#define VBENCH_BPF_CELLS_H

#include "vcpus.h"

/* Places that are looked at for one key; loops must end for the verifier. */
#define TRACE_TRIES 16

static __always_inline struct trace_window *window_of(u32 id)
{
	u32 at = id % nwindows;
	struct trace_window *w = bpf_map_lookup_elem(&windows, &at);

	return w && w->id == id && id ? w : NULL;
}

/* What one exit, or several of a kind, adds to a cell. */
static __always_inline void add_to(struct exit_cell *c, u64 count,
				   u64 user_exits, const trace_u64 *ns)
{
	c->count += count;
	c->user_exits += user_exits;
	for (int i = 0; i < PHASES; i++)
		c->ns[i] += ns[i];
}

static __always_inline void empty(struct exit_cell *c)
{
	c->count = 0;
	c->user_exits = 0;
	for (int i = 0; i < PHASES; i++)
		c->ns[i] = 0;
}

static __always_inline u32 hash(u64 a, u64 b)
{
	return (a * 0x9e3779b97f4a7c15ull ^ b * 0xc2b2ae3d27d4eb4full) >> 32;
}

/* Whoever copies a window meanwhile sees the reason of a place that was free only with
 * the rest of its key: the exchange is ordered against the writes before it. */
static __always_inline void occupy(trace_u64 *what, u64 value)
{
	__sync_lock_test_and_set(what, value);
}

/* In @cells, of which there are a power of two; NULL: all that were looked at
 * are others', and @weakest is the one that had the fewest exits. */
static __always_inline struct exit_cell *
cell_of(struct exit_cell *cells, u32 ncells, u64 what, u64 detail, u32 *weakest)
{
	u32 at = hash(what, detail);
	u64 least = ~0ull, weight;

	for (u32 i = 0; i < TRACE_TRIES; i++) {
		struct exit_cell *c = &cells[(at + i) & (ncells - 1)];

		if (!c->what) {
			c->detail = detail;
			occupy(&c->what, what);
		}
		if (c->what == what && c->detail == detail)
			return c;
		weight = c->count + c->missed;
		if (weight < least) {
			least = weight;
			*weakest = at + i;
		}
	}
	return NULL;
}

static __always_inline struct exit_cell *plain_cell(struct trace_window *w,
						    u64 what, u64 detail)
{
	u32 unused = 0;
	struct exit_cell *c =
		cell_of(w->cell, TRACE_PLAIN, what, detail, &unused);

	return c ? c : &w->over;
}

/* Odd from now on, or even again.  By an exchange, which is ordered against the
 * writes before and after it. */
static __always_inline void turn_over(struct trace_window *w)
{
	__sync_lock_test_and_set(&w->turnover, w->turnover + 1);
}

/* Its figures stay with its reason, as those of details without a place. */
static __always_inline void turn_out(struct trace_window *w,
				     struct exit_cell *c)
{
	struct exit_cell *to =
		plain_cell(w, c->what, TRACE_DETAIL(TRACE_CROWDED, 0));

	add_to(to, c->count, c->user_exits, c->ns);
	c->missed += c->count;
	empty(c);
}

static __always_inline struct exit_cell *detailed_cell(struct trace_window *w,
						       u64 what, u64 detail)
{
	struct exit_cell *cells = w->cell + TRACE_PLAIN, *c;
	u32 weakest = 0;

	c = cell_of(cells, TRACE_DETAILED, what, detail, &weakest);
	if (c)
		return c;
	c = &cells[weakest & (TRACE_DETAILED - 1)];
	turn_over(w);
	turn_out(w, c);
	c->what = what;
	c->detail = detail;
	turn_over(w);
	return c;
}

static __always_inline struct exit_cell *cell_for(struct trace_window *w,
						  u64 what, u64 detail)
{
	if (detail)
		return detailed_cell(w, what, detail);
	return plain_cell(w, what, 0);
}

static __always_inline u64 what_of(const struct trace_vcpu *v)
{
	return v->what | (v->user_exits ? TRACE_WHAT_USER : 0);
}

/* Where it is kept until the window's end says whether it counts. */
static __always_inline void
stage(struct trace_window *w, const struct trace_vcpu *v, const trace_u64 *ns)
{
	u64 what = what_of(v);

	for (u32 i = 0; i < TRACE_STAGE; i++) {
		struct exit_cell *c = &w->stage[i];

		if (!c->what) {
			c->detail = v->detail;
			c->what = what;
		}
		if (c->what == what && c->detail == v->detail) {
			add_to(c, 1, v->user_exits, ns);
			return;
		}
	}
	add_to(&w->stage_over, 1, v->user_exits, ns);
}

static __always_inline void add_rip(struct trace_window *w,
				    struct trace_rips *r, u64 what, u64 rip,
				    u64 count)
{
	u32 at = hash(what, rip), weakest = 0;
	u64 least = ~0ull, weight;
	struct rip_cell *c;

	for (u32 i = 0; i < TRACE_TRIES; i++) {
		c = &r->cell[(at + i) & (TRACE_RIPS - 1)];
		if (!c->what) {
			c->rip = rip;
			occupy(&c->what, what);
		}
		if (c->what == what && c->rip == rip) {
			c->count += count;
			return;
		}
		weight = c->count + c->missed;
		if (weight < least) {
			least = weight;
			weakest = at + i;
		}
	}
	c = &r->cell[weakest & (TRACE_RIPS - 1)];
	turn_over(w);
	r->over += c->count;
	c->missed += c->count;
	c->what = what;
	c->rip = rip;
	c->count = count;
	turn_over(w);
}

static __always_inline void stage_rip(struct trace_rips *r, u64 what, u64 rip)
{
	for (u32 i = 0; i < TRACE_STAGE; i++) {
		struct rip_cell *c = &r->stage[i];

		if (!c->what) {
			c->rip = rip;
			c->what = what;
		}
		if (c->what == what && c->rip == rip) {
			c->count++;
			return;
		}
	}
	r->over++;
}

static __always_inline struct trace_rips *rips_of(u32 id)
{
	u32 at = id % nwindows;

	return want_rip ? bpf_map_lookup_elem(&rips, &at) : NULL;
}

static __always_inline void count_rip(struct trace_window *w,
				      const struct trace_vcpu *v)
{
	struct trace_rips *r = rips_of(v->window);

	if (!r)
		return;
	if (v->rip == TRACE_RIP_HIDDEN)
		r->hidden++;
	else if (v->tentative)
		stage_rip(r, v->what, v->rip);
	else
		add_rip(w, r, v->what, v->rip, 1);
}

/* What @stage holds at @i, if it counts, and room for another in any case. */
__noinline int unstage(u32 id, u32 i, u32 counts);

__noinline int unstage(u32 id, u32 i, u32 counts)
{
	struct trace_window *w = window_of(id);
	struct exit_cell *from;

	if (!w || i >= TRACE_STAGE)
		return 0;
	from = &w->stage[i];
	if (from->what && counts)
		add_to(cell_for(w, from->what, from->detail), from->count,
		       from->user_exits, from->ns);
	from->what = 0;
	empty(from);
	return 0;
}

__noinline int unstage_rip(u32 id, u32 i, u32 counts);

__noinline int unstage_rip(u32 id, u32 i, u32 counts)
{
	struct trace_window *w = window_of(id);
	struct trace_rips *r = rips_of(id);
	struct rip_cell *from;

	if (!w || !r || i >= TRACE_STAGE)
		return 0;
	from = &r->stage[i];
	if (from->what && counts)
		add_rip(w, r, from->what, from->rip, from->count);
	from->what = 0;
	from->count = 0;
	return 0;
}

/* A tentative opening ends. */
__noinline int unstage_all(u32 id, u32 counts);

__noinline int unstage_all(u32 id, u32 counts)
{
	struct trace_window *w = window_of(id);

	if (!w)
		return 0;
	if (counts)
		add_to(&w->over, w->stage_over.count, w->stage_over.user_exits,
		       w->stage_over.ns);
	empty(&w->stage_over);
	for (u32 i = 0; i < TRACE_STAGE; i++) {
		unstage(id, i, counts);
		unstage_rip(id, i, counts);
	}
	return 0;
}

static __always_inline _Bool is_exit(u64 what)
{
	return what != TRACE_WHAT(TRACE_ISA_SIGNAL, 0);
}

static __always_inline _Bool has_place(u64 what)
{
	return is_exit(what) && what != TRACE_WHAT(TRACE_ISA_UNSEEN, 0);
}

/*
 * The exit that was being handled in that place of the table is over.  KVM can
 * enter again at once, without a word (fast paths); then RIP is that of an
 * earlier exit.  A global function: the verifier follows its loops once.  Its
 * arguments are numbers, for such functions take pointers since 5.13 only.
 */
__noinline int count(u32 place);

__noinline int count(u32 place)
{
	struct trace_vcpu *v = &vcpus[place & (TRACE_VCPUS - 1)];
	struct trace_window *w = window_of(v->window);
	trace_u64 ns[PHASES];

	if (!w) {
		v->state = VCPU_CLOSED;
		return 0;
	}
	if (!v->what) {
		v->what = TRACE_WHAT(TRACE_ISA_UNSEEN, 0);
		v->detail = v->next_detail;
		v->next_detail = 0;
	}
	join_paths();
	if (is_exit(v->what))
		w->exits++;
	take_time(v, ns);
	if (v->tentative)
		stage(w, v, ns);
	else
		add_to(cell_for(w, what_of(v), v->detail), 1, v->user_exits,
		       ns);
	join_paths();
	if (has_place(v->what))
		count_rip(w, v);
	clear(v);
	return 0;
}

#endif
