/* SPDX-License-Identifier: GPL-2.0-only */
/* When a window is open: between markers, or as long as a vCPU's thread runs
 * one VM. */
#ifndef VBENCH_BPF_WINDOWS_H
#define VBENCH_BPF_WINDOWS_H

#include "../bench/marker.h"
#include "cells.h"
#include "kernel.h"

/* At the entry, or where the marker is no exit, after a marker that begins. */
static __always_inline void open_window(struct trace_vcpu *v, u64 vcpu)
{
	struct trace_window *w = window_of(v->window);
	u64 vm = vm_of(vcpu);

	v->state = VCPU_CLOSED;
	if (!w)
		return;
	if (!w->vm) {
		w->tgid = bpf_get_current_pid_tgid() >> 32;
		w->vcpu = number_of(vcpu);
		/* Last, and in order: from now on the reader looks at it. */
		__sync_lock_test_and_set(&w->vm, vm);
	} else if (w->vm != vm) {
		w->foreign++;
		w->owner = 0;
		return;
	}
	clear(v);
	for (int i = 0; i < PHASES; i++)
		v->ns[i] = 0;
	v->vcpu = vcpu;
	v->next_detail = 0;
	v->run_at = 0;
	v->stat_exits = stat_exits(vcpu);
	v->exits = w->exits;
	v->begin = bpf_ktime_get_ns();
	v->moment = TRACE_MOMENT(v->begin, PHASE_GUEST);
	join_paths();
	v->state = VCPU_OPEN;
}

/* The marker's own exit is counted by KVM and not by us. */
static __always_inline void check_count(const struct trace_vcpu *v,
					struct trace_window *w)
{
	u64 n;

	if (!v->vcpu || !has_stat())
		return;
	n = stat_exits(v->vcpu) - v->stat_exits - 1;
	w->stat_exits += n;
	if (n != w->exits - v->exits)
		w->uneven++;
}

/* As if it had never been open. */
static __always_inline void discard_window(struct trace_vcpu *v,
					   struct trace_window *w)
{
	w->exits = v->exits;
	w->discarded++;
	w->owner = 0;
	v->state = VCPU_CLOSED;
	unstage_all(v->window, 0);
}

static __always_inline void close_window(struct trace_vcpu *v,
					 struct trace_window *w)
{
	struct change end = { v->exit_at, v->sched_before };

	if (soft)
		end = enter_phase_now(v, PHASE_GUEST);
	w->tail_ns[PHASE_GUEST] += v->ns[PHASE_GUEST];
	w->tail_ns[PHASE_SCHED] += end.sched;
	w->wall_ns += end.at - v->begin;
	check_count(v, w);
	w->opens++;
	w->owner = 0;
	v->state = VCPU_CLOSED;
	if (v->tentative)
		unstage_all(v->window, 1);
}

static __always_inline void begin(u32 id, struct trace_window *w,
				  _Bool tentative)
{
	u32 tid = this_tid();
	struct trace_vcpu *v = find_or_add(tid);

	if (!v)
		return;
	if (v->state != VCPU_CLOSED && !window_of(v->window))
		v->state = VCPU_CLOSED;
	if (v->state != VCPU_CLOSED ||
	    __sync_val_compare_and_swap(&w->owner, 0, tid)) {
		w->begin_twice++;
		return;
	}
	v->window = id;
	v->tentative = tentative;
	v->state = VCPU_OPENING;
	if (soft)
		open_window(v, 0);
}

static __always_inline void end(u32 id, struct trace_window *w, _Bool discard)
{
	struct trace_vcpu *v = find(this_tid());

	if (v && v->state == VCPU_OPEN && v->window == id && v->tentative &&
	    discard)
		discard_window(v, w);
	else if (v && v->state == VCPU_OPEN && v->window == id)
		close_window(v, w);
	else if (w->owner)
		w->moved++;
	else
		w->end_alone++;
}

/* The right words do not help a VM that this run did not start: a neighbour
 * that guesses them can do no harm. */
static __always_inline _Bool may_mark(const struct trace_window *w, u32 word)
{
	return w && w->nonce == word >> MARKER_NONCE_SHIFT &&
	       (!pid_namespace || in_namespace(pid_namespace));
}

static __always_inline void marker(u32 word)
{
	u32 id = word >> MARKER_WINDOW_SHIFT & MARKER_WINDOW_MAX;
	struct trace_window *w = window_of(id);

	if (no_markers || !running)
		return;
	if (!may_mark(w, word))
		__sync_fetch_and_add(find(this_tid()) ? &stray_markers :
							&foreign_markers,
				     1);
	else if (word & MARKER_BEGIN)
		begin(id, w, word & MARKER_TENTATIVE);
	else
		end(id, w, word & MARKER_TENTATIVE);
}

static __always_inline _Bool wanted(void)
{
	return running && no_markers &&
	       (!target_tgid ||
		target_tgid == bpf_get_current_pid_tgid() >> 32);
}

/*
 * What is seldom done is in global functions: the verifier follows such a one
 * once, and not for each caller and path.
 */

/* Without markers: a window that nobody has: its id, or 0.  The search begins at
 * @from: a thread's place in the table is nobody else's, so it finds one at once
 * but where the reader has not made room yet. */
__noinline u32 claim_window(u32 from);

__noinline u32 claim_window(u32 from)
{
	struct trace_window *w;
	u32 at, id;

	for (u32 i = 0; i < TRACE_WINDOWS_MAX && i < nwindows; i++) {
		at = (from + i) % nwindows;
		id = at ? at : nwindows;
		w = bpf_map_lookup_elem(&windows, &at);
		if (w && !w->id && !__sync_val_compare_and_swap(&w->id, 0, id))
			return id;
	}
	return 0;
}

/* For this thread.  Returns nothing of interest, for it has to return. */
__noinline int open_unmarked(u64 vcpu);

__noinline int open_unmarked(u64 vcpu)
{
	struct trace_vcpu *v = find_or_add(this_tid());
	struct task_struct___vb *task;
	struct trace_window *w;

	if (!v)
		return 0;
	v->tentative = 0;
	v->window = windows_full ? 0 : claim_window(v->place);
	w = window_of(v->window);
	if (!w) {
		windows_full = 1;
		not_seen(this_tid());
		return 0;
	}
	task = (void *)bpf_get_current_task();
	BPF_CORE_READ_INTO(&w->comm, task, group_leader, comm);
	w->owner = this_tid();
	open_window(v, vcpu);
	return 0;
}

/* This thread ends, or it runs another VM from now on. */
__noinline int leave_unmarked(void);

__noinline int leave_unmarked(void)
{
	struct trace_vcpu *v = open_vcpu();
	struct trace_window *w = v ? window_of(v->window) : NULL;
	trace_u64 ns[PHASES];

	/* From here on the scheduler's programs leave it alone. */
	if (!w || __sync_val_compare_and_swap(&v->state, VCPU_OPEN,
					      VCPU_CLOSED) != VCPU_OPEN)
		return 0;
	settle(v);
	if (v->what)
		count(v->place);
	take_time(v, ns);
	for (int i = 0; i < PHASES; i++)
		w->tail_ns[i] += ns[i];
	w->wall_ns = since(v) - v->begin;
	w->opens++;
	/* Last, and in order: the reader may take the window away at once. */
	__sync_lock_test_and_set(&w->owner, 0);
	return 0;
}

/* Another struct kvm_vcpu can have the same address: the thread is to look again
 * at its next entry.  No harm is done where it has just done so. */
__noinline int unknow(u32 tid);

__noinline int unknow(u32 tid)
{
	struct trace_vcpu *v = find(tid);

	if (v)
		v->vcpu = VCPU_UNKNOWN;
	return 0;
}

/* A thread that is in a window enters another vCPU, or its VM is gone: whether
 * the window goes on. */
__noinline int goes_on(u64 vcpu);

__noinline int goes_on(u64 vcpu)
{
	struct trace_vcpu *v = open_vcpu();
	struct trace_window *w = v ? window_of(v->window) : NULL;

	if (!w)
		return 0;
	if (!no_markers) {
		w->moved++;
		w->owner = 0;
		v->state = VCPU_CLOSED;
		return 0;
	}
	if (!w->ended && w->vm == vm_of(vcpu)) {
		v->vcpu = vcpu;
		return 1;
	}
	leave_unmarked();
	open_unmarked(vcpu);
	return 0;
}

#endif
