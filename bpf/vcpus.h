/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The table of vCPU threads, and where the time of each goes.
 *
 * A thread's state is written by programs that run in that thread, or in the
 * scheduler as it switches to it, in the context of the thread before.  The thread
 * that destroys a VM sets one word, @vcpu, of the VM's threads to unknown, and vbench
 * empties the table of threads while no program is attached.  Before Linux 7.0
 * tracepoints' programs run with preemption disabled (include/linux/tracepoint.h), so
 * none of them sees another's work half done.  Since then SRCU protects tracepoints,
 * and the scheduler's programs can run between any two instructions of KVM's:
 * @preemptible.  So the words that both write are replaced, added to and emptied by
 * one instruction each.  A program of fentry can be preempted on any kernel
 * (bpf_prog_enter() disables migration only): it writes one word, @run_at, and others
 * do what follows.
 */
#ifndef VBENCH_BPF_VCPUS_H
#define VBENCH_BPF_VCPUS_H

#include "memory.h"

/* Makes the compiler read memory anew: so paths that join are one path for the
 * verifier, which knows values of registers and not of memory. */
#define join_paths() __asm__ __volatile__("" : : : "memory")

/* take_place() tries this one first, so most threads have it, and need no look at
 * the map, which is a third of what an exit costs. */
static __always_inline u32 first_place(u32 tid)
{
	return tid & (TRACE_VCPUS - 1);
}

static __always_inline struct trace_vcpu *find(u32 tid)
{
	u32 *place;

	if (!tid || !running)
		return NULL;
	if (tids[first_place(tid)] == tid)
		return &vcpus[first_place(tid)];
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
		u32 place = first_place(tid + i);

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

static __always_inline _Bool replace(trace_u64 *word, u64 old, u64 new)
{
	if (preemptible)
		return __sync_val_compare_and_swap(word, old, new) == old;
	*word = new;
	return 1;
}

static __always_inline void increase(trace_u64 *word, u64 by)
{
	if (preemptible)
		__sync_fetch_and_add(word, by);
	else
		*word += by;
}

static __always_inline u64 empty_word(trace_u64 *word)
{
	u64 was = *word;

	if (preemptible)
		return __sync_lock_test_and_set(word, 0);
	*word = 0;
	return was;
}

static __always_inline u64 since(const struct trace_vcpu *v)
{
	return TRACE_SINCE(v->moment);
}

static __always_inline u32 phase_of(const struct trace_vcpu *v)
{
	return TRACE_PHASE(v->moment);
}

/* How often one change of phase may be preempted. */
#define PREEMPTED_MAX 4

/* When a phase began, and how long the thread had been descheduled by then. */
struct change {
	u64 at, sched;
};

/*
 * A clock that was read before the thread was preempted is behind the moment that
 * the scheduler's programs have set by then.  Whoever replaces a moment books the
 * time since: if that has changed, others have booked it.
 */
static __always_inline struct change set_phase(struct trace_vcpu *v, u32 phase,
					       u64 now)
{
	struct change c = { now, 0 };

	for (int i = 0; i < PREEMPTED_MAX; i++) {
		u64 old = *(volatile u64 *)&v->moment;

		c.sched = *(volatile u64 *)&v->ns[PHASE_SCHED];
		if (c.at < TRACE_SINCE(old)) {
			__sync_fetch_and_add(&backwards, 1);
			c.at = TRACE_SINCE(old);
		}
		if (!replace(&v->moment, old, TRACE_MOMENT(c.at, phase)))
			continue;
		increase(&v->ns[TRACE_PHASE(old)], c.at - TRACE_SINCE(old));
		return c;
	}
	/* The phase before goes on. */
	__sync_fetch_and_add(&backwards, 1);
	return c;
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
	if (phase_of(v) == PHASE_VMM)
		set_phase(v, soft ? PHASE_GUEST : PHASE_KERNEL,
			  at > since(v) ? at : since(v));
}

static __always_inline struct change enter_phase(struct trace_vcpu *v,
						 u32 phase, u64 now)
{
	settle(v);
	join_paths();
	return set_phase(v, phase, now);
}

/* The clock is read last: what comes between is not time that is gone by then. */
static __always_inline struct change enter_phase_now(struct trace_vcpu *v,
						     u32 phase)
{
	settle(v);
	join_paths();
	return set_phase(v, phase, bpf_ktime_get_ns());
}

static __always_inline void sched_out(struct trace_vcpu *v)
{
	settle(v);
	v->phase_before = phase_of(v);
	set_phase(v, PHASE_SCHED, bpf_ktime_get_ns());
}

static __always_inline void sched_in(struct trace_vcpu *v)
{
	if (phase_of(v) == PHASE_SCHED)
		set_phase(v, v->phase_before, bpf_ktime_get_ns());
}

/* The time since the last exit was counted. */
static __always_inline void take_time(struct trace_vcpu *v, trace_u64 *ns)
{
	for (int i = 0; i < PHASES; i++)
		ns[i] = empty_word(&v->ns[i]);
}

/* For the next exit. */
static __always_inline void clear(struct trace_vcpu *v)
{
	v->what = 0;
	v->detail = 0;
	v->user_exits = 0;
}

#endif
