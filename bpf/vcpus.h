/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The table of vCPU threads, and where the time of each goes.
 *
 * A thread's state is written by programs that run in that thread, or in the
 * scheduler as it switches to it.  Before Linux 7.0 tracepoints' programs run with
 * preemption disabled (include/linux/tracepoint.h), so none of them sees another's
 * work half done; since then, as SRCU protects tracepoints, the scheduler's can
 * run between two lines of KVM's.  A program of fentry can be preempted
 * (bpf_prog_enter() disables migration only): it writes one word, @run_at, and
 * others do what follows.
 */
#ifndef VBENCH_BPF_VCPUS_H
#define VBENCH_BPF_VCPUS_H

#include "memory.h"

/* Makes the compiler read memory anew: so paths that join are one path for the
 * verifier, which knows values of registers and not of memory. */
#define join_paths() __asm__ __volatile__("" : : : "memory")

static __always_inline struct trace_vcpu *find(u32 tid)
{
	u32 *place;

	if (!tid || !running)
		return NULL;
	place = bpf_map_lookup_elem(&places, &tid);
	return place ? &vcpus[*place & (TRACE_VCPUS - 1)] : NULL;
}

static __always_inline u32 this_tid(void)
{
	return bpf_get_current_pid_tgid();
}

/* For @tid: a place in the table, or TRACE_VCPUS. */
__noinline u32 take_place(u32 tid);

__noinline u32 take_place(u32 tid)
{
	for (u32 i = 0; i < TRACE_VCPUS; i++) {
		u32 place = (tid + i) & (TRACE_VCPUS - 1);

		if (!tids[place] &&
		    !__sync_val_compare_and_swap(&tids[place], 0, tid))
			return place;
	}
	return TRACE_VCPUS;
}

static __always_inline void not_seen(u32 tid)
{
	u32 one = 1;

	__sync_fetch_and_add(&table_full, 1);
	if (!bpf_map_update_elem(&unseen, &tid, &one, BPF_NOEXIST))
		__sync_fetch_and_add(&unseen_vcpus, 1);
}

static __always_inline struct trace_vcpu *add(u32 tid)
{
	u32 place = places_full ? TRACE_VCPUS : take_place(tid);
	struct trace_vcpu *v;

	if (place >= TRACE_VCPUS) {
		places_full = 1;
		return NULL;
	}
	if (bpf_map_update_elem(&places, &tid, &place, BPF_ANY)) {
		tids[place & (TRACE_VCPUS - 1)] = 0;
		return NULL;
	}
	v = &vcpus[place & (TRACE_VCPUS - 1)];
	v->place = place;
	v->state = VCPU_CLOSED;
	v->window = 0;
	v->vcpu = 0;
	return v;
}

/* Also for a thread that has a place already. */
static __always_inline struct trace_vcpu *find_or_add(u32 tid)
{
	struct trace_vcpu *v = find(tid);

	if (v)
		return v;
	v = add(tid);
	if (!v)
		not_seen(tid);
	return v;
}

static __always_inline void forget(u32 tid)
{
	u32 *place = bpf_map_lookup_elem(&places, &tid);
	u32 at;

	if (!place)
		return;
	at = *place & (TRACE_VCPUS - 1);
	/* In this order: a place that is free can be another thread's at once. */
	bpf_map_delete_elem(&places, &tid);
	tids[at] = 0;
	places_full = 0;
}

static __always_inline struct trace_vcpu *open_vcpu(void)
{
	struct trace_vcpu *v = find(this_tid());

	return v && v->state == VCPU_OPEN ? v : NULL;
}

/* A clock that was read before the thread was preempted is behind @since, which
 * the scheduler's programs have set by then. */
static __always_inline void set_phase(struct trace_vcpu *v, u32 phase, u64 now)
{
	if (now < v->since) {
		__sync_fetch_and_add(&backwards, 1);
		now = v->since;
	}
	v->ns[v->phase & (PHASES - 1)] += now - v->since;
	v->since = now;
	v->phase = phase;
}

/*
 * The VMM has called KVM_RUN since.  Its program may have been preempted
 * between the clock and the store: then @run_at is too early, but never wrong
 * by more than that.
 */
static __always_inline void settle(struct trace_vcpu *v)
{
	u64 at = v->run_at;

	if (!at)
		return;
	v->run_at = 0;
	if (v->phase == PHASE_VMM)
		set_phase(v, soft ? PHASE_GUEST : PHASE_KERNEL,
			  at > v->since ? at : v->since);
}

static __always_inline void enter_phase(struct trace_vcpu *v, u32 phase,
					u64 now)
{
	settle(v);
	join_paths();
	set_phase(v, phase, now);
}

/* The clock is read last: what comes between is not time that is gone by then. */
static __always_inline u64 enter_phase_now(struct trace_vcpu *v, u32 phase)
{
	settle(v);
	join_paths();
	set_phase(v, phase, bpf_ktime_get_ns());
	return v->since;
}

static __always_inline void clear(struct trace_vcpu *v)
{
	for (int i = 0; i < PHASES; i++)
		v->ns[i] = 0;
	v->what = 0;
	v->detail = 0;
	v->user_exits = 0;
}

#endif
