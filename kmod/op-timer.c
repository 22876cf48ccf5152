// SPDX-License-Identifier: GPL-2.0-only
/*
 * One operation: the timer of the local APIC is set to expire at once, its
 * interrupt is taken, and the kernel's handler sets the timer for what is due
 * next: two writes, of which the second cannot be kept out.  One event: the TSC deadline 100 us ahead, until its
 * interrupt is over.
 *
 * A write of TSC_DEADLINE or of the initial count exits; KVM arms the VMX
 * preemption timer or an hrtimer of the host for it (arch/x86/kvm/lapic.c), and
 * injects the interrupt, or posts it.
 *
 * The timer belongs to the kernel, so nothing but earlier interrupts is asked of
 * it: one that nobody expects makes hrtimer_interrupt() look for what is due,
 * and program the timer anew for what is next (kernel/time/hrtimer.c).  So
 * whatever was programmed is not lost, unless the interrupt is; so the kernel
 * programs it once more in the end.  Only the periodic timer of a kernel without
 * high-resolution timers would take it for a tick.
 */
#include <asm/tsc.h>

#include "apic.h"
#include "backstop.h"
#include "compat.h"

#define MODE (3 << 17) /* of APIC_LVTT */
#define DISTANCE_US 100
#define TRIES 8

static const unsigned int *interrupts(const struct vb_run *r)
{
	return &vb_irq_stat(r->cpu, APIC_TIMER);
}

static void probe_mode(struct vb_run *r, u32 mode, const char *name)
{
	enum vb_apic how = vb_apic(r);
	u32 lvtt;

	if (how == VB_APIC_NONE)
		return;
	lvtt = vb_apic_read(how, APIC_LVTT);
	if (hrtimer_resolution != 1)
		vb_why(r, "high-resolution timers are off");
	else if (lvtt & APIC_LVT_MASKED)
		vb_why(r, "the kernel does not use the local APIC's timer");
	else if ((lvtt & MODE) != mode)
		vb_why(r, "the kernel uses the local APIC's timer not %s",
		       name);
}

static void probe_deadline(struct vb_run *r)
{
	probe_mode(r, APIC_LVT_TIMER_TSCDEADLINE, "by TSC deadline");
}

static void probe_count(struct vb_run *r)
{
	probe_mode(r, APIC_LVT_TIMER_ONESHOT, "by its count");
}

static void teardown(struct vb_run *r)
{
	vb_rearm_timer();
}

#define FIRE(write)                                                           \
	({                                                                    \
		unsigned int seen = READ_ONCE(*count);                        \
		bool written = write;                                         \
                                                                              \
		if (!written)                                                 \
			vb_faulted(r);                                        \
		written &&VB_SPIN(r, READ_ONCE(*count) != seen, "the timer"); \
	})

static void run_deadline(struct vb_run *r, u64 n)
{
	const unsigned int *count = interrupts(r);

	/* 1 is long ago; 0 would disarm it. */
	VB_LOOP(n, if (!FIRE(vb_wrmsr(MSR_IA32_TSC_DEADLINE, 1))) break);
}

const struct vb_op vb_op_tsc_deadline = {
	.probe = probe_deadline,
	.run = run_deadline,
	.teardown = teardown,
	.access = LOCKDOWN_MSR,
};

static __always_inline void count_down(struct vb_run *r, u64 n,
				       enum vb_apic how)
{
	const unsigned int *count = interrupts(r);

	VB_LOOP(n, if (!FIRE(vb_apic_write(how, APIC_TMICT, 1))) break);
}

static void run_count(struct vb_run *r, u64 n)
{
	if (vb_apic(r) == VB_APIC_MSRS)
		count_down(r, n, VB_APIC_MSRS);
	else
		count_down(r, n, VB_APIC_PAGE);
}

const struct vb_op vb_op_lapic_timer = {
	.probe = probe_count,
	.run = run_count,
	.teardown = teardown,
	.access = LOCKDOWN_MSR,
};

/* False: what the kernel waits for is nearer; else the event has begun, and
 * *@deadline is set. */
static bool set(struct vb_run *r, u64 distance, u64 *deadline)
{
	unsigned long flags;
	u64 old = 0;
	bool mine;

	local_irq_save(flags);
	if (!vb_rdmsr(MSR_IA32_TSC_DEADLINE, &old))
		vb_faulted(r);
	mine = !r->outcome && (!old || old > vb_ticks() + 2 * distance);
	if (mine) {
		vb_event_begin(r);
		*deadline = vb_ticks() + distance;
		if (!vb_wrmsr(MSR_IA32_TSC_DEADLINE, *deadline))
			vb_faulted(r);
	}
	local_irq_restore(flags);
	return mine;
}

static void run_distance(struct vb_run *r, u64 n)
{
	const unsigned int *count = interrupts(r);
	u64 distance = (u64)tsc_khz * DISTANCE_US / 1000;
	int tries = TRIES;
	unsigned int seen;
	u64 deadline, now;
	bool mine, good;

	if (!n)
		return;
	do {
		seen = READ_ONCE(*count);
		mine = set(r, distance, &deadline);
		good = !r->outcome &&
		       VB_SPIN(r, READ_ONCE(*count) != seen, "the timer");
		now = vb_ticks();
		/* Else another interrupt was late, or set the timer anew. */
		good = good && mine && now >= deadline;
		if (mine)
			vb_event_end(r, good);
		if (good)
			r->latency = now - deadline;
	} while (!good && !r->outcome && --tries);
	if (good)
		return;
	vb_why(r, "the kernel's own timers are too near");
}

const struct vb_op vb_op_tsc_deadline_far = {
	.probe = probe_deadline,
	.run = run_distance,
	.teardown = teardown,
	.access = LOCKDOWN_MSR,
};
