/* SPDX-License-Identifier: GPL-2.0-only */
/* When a window is open: between markers, or as long as a vCPU runs. */
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
		w->vm = vm;
		w->tgid = bpf_get_current_pid_tgid() >> 32;
		w->vcpu = number_of(vcpu);
	} else if (w->vm != vm) {
		w->foreign++;
		w->owner = 0;
		return;
	}
	clear(v);
	v->vcpu = vcpu;
	v->next_detail = 0;
	v->stat_exits = stat_exits(vcpu);
	v->phase = PHASE_GUEST;
	v->state = VCPU_OPEN;
	v->begin = v->since = bpf_ktime_get_ns();
}

static __always_inline void close_window(struct trace_vcpu *v,
					 struct trace_window *w)
{
	u64 end = soft ? bpf_ktime_get_ns() : v->exit_at;

	if (soft)
		enter_phase(v, PHASE_GUEST, end);
	w->tail_ns[PHASE_GUEST] += v->ns[PHASE_GUEST];
	w->tail_ns[PHASE_SCHED] += soft ? v->ns[PHASE_SCHED] : v->sched_before;
	w->wall_ns += end - v->begin;
	/* The marker's own exit is counted by KVM and not by us. */
	if (v->vcpu)
		w->stat_exits += stat_exits(v->vcpu) - v->stat_exits - 1;
	w->opens++;
	w->owner = 0;
	v->state = VCPU_CLOSED;
}

static __always_inline void begin(u32 id, struct trace_window *w)
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
	v->state = VCPU_OPENING;
	if (soft)
		open_window(v, 0);
}

static __always_inline void end(u32 id, struct trace_window *w)
{
	struct trace_vcpu *v = find(this_tid());

	if (v && v->state == VCPU_OPEN && v->window == id)
		close_window(v, w);
	else if (w->owner)
		w->moved++;
	else
		w->end_alone++;
}

static __always_inline void marker(u32 word)
{
	u32 id = word >> MARKER_WINDOW_SHIFT & MARKER_WINDOW_MAX;
	struct trace_window *w = window_of(id);

	if (!w || w->nonce != word >> MARKER_NONCE_SHIFT)
		__sync_fetch_and_add(find(this_tid()) ? &stray_markers :
							&foreign_markers,
				     1);
	else if (word & MARKER_BEGIN)
		begin(id, w);
	else
		end(id, w);
}

static __always_inline _Bool wanted(void)
{
	return no_markers && (!target_tgid ||
			      target_tgid == bpf_get_current_pid_tgid() >> 32);
}

static __always_inline void open_unmarked(u64 vcpu)
{
	struct trace_vcpu *v = find_or_add(this_tid());
	struct task_struct___vb *task;
	struct trace_window *w;
	u32 id, at;

	if (!v)
		return;
	id = __sync_fetch_and_add(&windows_used, 1) + 1;
	at = id % nwindows;
	w = bpf_map_lookup_elem(&windows, &at);
	if (!w || id > nwindows) {
		__sync_fetch_and_add(&table_full, 1);
		return;
	}
	task = (void *)bpf_get_current_task();
	BPF_CORE_READ_INTO(&w->comm, task, group_leader, comm);
	w->id = id;
	w->owner = this_tid();
	v->window = id;
	open_window(v, vcpu);
}

#endif
