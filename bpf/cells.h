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

static __always_inline void add_to(struct exit_cell *c,
				   const struct trace_vcpu *v)
{
	c->count++;
	c->user_exits += v->user_exits;
	for (int i = 0; i < PHASES; i++)
		c->ns[i] += v->ns[i];
}

static __always_inline u32 hash(u64 a, u64 b)
{
	return (a * 0x9e3779b97f4a7c15ull ^ b * 0xc2b2ae3d27d4eb4full) >> 32;
}

/* In @cells, of which there are a power of two. */
static __always_inline struct exit_cell *
cell_of(struct exit_cell *cells, u32 ncells, u64 what, u64 detail)
{
	u32 at = hash(what, detail);

	for (u32 i = 0; i < TRACE_TRIES; i++) {
		struct exit_cell *c = &cells[(at + i) & (ncells - 1)];

		if (!c->what) {
			c->detail = detail;
			c->what = what;
		}
		if (c->what == what && c->detail == detail)
			return c;
	}
	return NULL;
}

/* What has too many details keeps its place, and says that it had them. */
static __always_inline void count_cell(struct trace_window *w,
				       const struct trace_vcpu *v)
{
	u64 what = v->what | (v->user_exits ? TRACE_WHAT_USER : 0);
	u64 detail = v->detail ? TRACE_DETAIL(TRACE_CROWDED, 0) : 0;
	struct exit_cell *c = NULL;

	if (v->detail)
		c = cell_of(w->cell + TRACE_PLAIN, TRACE_DETAILED, what,
			    v->detail);
	if (!c)
		c = cell_of(w->cell, TRACE_PLAIN, what, detail);
	add_to(c ? c : &w->over, v);
}

static __always_inline void count_rip(u32 id, const struct trace_vcpu *v)
{
	u32 at = id % nwindows;
	struct trace_rips *r = bpf_map_lookup_elem(&rips, &at);

	if (!r)
		return;
	at = hash(v->what, v->rip);
	for (u32 i = 0; i < TRACE_TRIES; i++) {
		struct rip_cell *c = &r->cell[(at + i) & (TRACE_RIPS - 1)];

		if (!c->what) {
			c->rip = v->rip;
			c->what = v->what;
		}
		if (c->what == v->what && c->rip == v->rip) {
			c->count++;
			return;
		}
	}
	r->over++;
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
	w->exits++;
	count_cell(w, v);
	join_paths();
	if (want_rip && v->what != TRACE_WHAT(TRACE_ISA_UNSEEN, 0))
		count_rip(v->window, v);
	clear(v);
	return 0;
}

#endif
