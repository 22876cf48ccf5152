// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "../bench/marker.h"
#include "trace-memory.h"

u32 memory_arm(struct trace_memory *m, u16 nonce)
{
	struct trace_window *w = NULL;

	for (u32 i = 0; i < m->n && !w; i++) {
		m->next = m->next % MARKER_WINDOW_MAX + 1;
		w = &m->windows[m->next % m->n];
		if (w->id)
			w = NULL;
	}
	if (!w)
		return 0;
	memset(w, 0, sizeof(*w));
	if (m->rips)
		memset(&m->rips[m->next % m->n], 0, sizeof(*m->rips));
	w->nonce = nonce;
	__atomic_store_n(&w->id, m->next, __ATOMIC_RELEASE);
	return m->next;
}

static void memory_copy(const struct trace_memory *m, u32 at,
			struct trace_window *w, struct trace_rips *r)
{
	*w = m->windows[at];
	if (r && m->rips)
		*r = m->rips[at];
}

/*
 * The BPF programs fill a free place without a change of turnover, the reason last
 * (occupy() in bpf/cells.h).  A copy takes the words of a place in any order, so it
 * may have the reason without the detail, which is therefore read again.
 */
static void memory_copy_keys(const struct trace_memory *m, u32 at,
			     struct trace_window *w, struct trace_rips *r)
{
	const struct exit_cell *cell = m->windows[at].cell;

	for (u32 i = 0; i < TRACE_CELLS; i++)
		if (w->cell[i].what)
			w->cell[i].detail = __atomic_load_n(&cell[i].detail,
							    __ATOMIC_RELAXED);
	for (u32 i = 0; r && m->rips && i < TRACE_RIPS; i++)
		if (r->cell[i].what)
			r->cell[i].rip = __atomic_load_n(
				&m->rips[at].cell[i].rip, __ATOMIC_RELAXED);
}

/* The number of tries is limited, because a vCPU can replace details for ever. */
#define MEMORY_TRIES 16

static void memory_copy_live(const struct trace_memory *m, u32 at,
			     struct trace_window *w, struct trace_rips *r)
{
	const trace_u64 *turnover = &m->windows[at].turnover;
	u64 before;

	for (int i = 0; i < MEMORY_TRIES; i++) {
		before = __atomic_load_n(turnover, __ATOMIC_ACQUIRE);
		memory_copy(m, at, w, r);
		__atomic_thread_fence(__ATOMIC_ACQUIRE);
		memory_copy_keys(m, at, w, r);
		__atomic_thread_fence(__ATOMIC_ACQUIRE);
		w->turnover = before;
		if (!memory_is_mixed(w) &&
		    __atomic_load_n(turnover, __ATOMIC_RELAXED) == before)
			return;
	}
	w->turnover |= 1;
}

void memory_take(struct trace_memory *m, u32 id, struct trace_window *w,
		 struct trace_rips *r)
{
	u32 at = id % m->n;

	memory_copy(m, at, w, r);
	__atomic_store_n(&m->windows[at].id, 0, __ATOMIC_RELEASE);
}

/* The exit under way may have a cell from an earlier one: the time of a vCPU that
 * sleeps for long is added there, and not only when it wakes up. */
static u64 *cell_ns(struct trace_window *w, const struct trace_vcpu *v)
{
	u64 what = v->what | (v->user_exits ? TRACE_WHAT_USER : 0);

	for (u32 i = 0; v->what && i < TRACE_CELLS; i++)
		if (w->cell[i].what == what && w->cell[i].detail == v->detail)
			return w->cell[i].ns;
	return w->tail_ns;
}

static void add_under_way(struct trace_window *w, const struct trace_vcpu *v,
			  u64 now)
{
	u64 since = TRACE_SINCE(v->moment), run = v->run_at;
	u64 *ns = cell_ns(w, v);
	u32 phase = TRACE_PHASE(v->moment);

	if (now < since)
		now = since;
	for (int i = 0; i < PHASES; i++)
		ns[i] += v->ns[i];
	/* The same as settle() in bpf/vcpus.h. */
	if (phase == PHASE_VMM && run > since && run < now) {
		ns[PHASE_VMM] += run - since;
		since = run;
		phase = PHASE_KERNEL;
	}
	ns[phase] += now - since;
	w->wall_ns = now - v->begin;
}

bool memory_peek(const struct trace_memory *m, u32 at, u64 now,
		 struct trace_window *w, struct trace_rips *r)
{
	struct trace_vcpu v;

	if (!m->windows[at].id || !m->windows[at].vm)
		return false;
	memory_copy_live(m, at, w, r);
	for (u32 i = 0; w->owner && i < TRACE_VCPUS; i++) {
		if (m->tids[i] != w->owner)
			continue;
		v = m->vcpus[i];
		if (v.state == VCPU_OPEN && v.window == w->id)
			add_under_way(w, &v, now);
	}
	w->owner = 0;
	return true;
}

bool memory_reap(struct trace_memory *m, u32 at, struct trace_window *w,
		 struct trace_rips *r)
{
	struct trace_window *from = &m->windows[at];

	if (!from->id || __atomic_load_n(&from->owner, __ATOMIC_ACQUIRE) ||
	    !from->opens)
		return false;
	memory_copy(m, at, w, r);
	if (m->rips)
		memset(&m->rips[at], 0, sizeof(*m->rips));
	/* Without its id, the place is free, so the id is cleared last. */
	memset((char *)from + sizeof(from->id), 0,
	       sizeof(*from) - sizeof(from->id));
	__atomic_store_n(&from->id, 0, __ATOMIC_RELEASE);
	__atomic_store_n(m->full, 0, __ATOMIC_RELAXED);
	return true;
}
