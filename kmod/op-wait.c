// SPDX-License-Identifier: GPL-2.0-only
/*
 * One operation: PAUSE, MONITOR, or an MWAIT that does not wait.
 *
 * A long loop of PAUSEs makes the hypervisor believe that the CPU waits for a
 * lock, and exit to let another run: by default after 4096 cycles on Intel's
 * CPUs, 3000 PAUSEs on AMD's (Linux, arch/x86/kvm/x86.h, KVM_DEFAULT_PLE_WINDOW
 * and KVM_SVM_DEFAULT_PLE_WINDOW).  MONITOR and MWAIT are the guest's own, or
 * exit and do nothing, or are refused.
 */
#include <linux/irq_work.h>
#include <asm/processor.h>
#include <asm/irq_work.h>

#include "guard.h"

static void run_pause(struct vb_run *r, u64 n)
{
	VB_LOOP(n, asm volatile("pause" : : : "memory"));
}

const struct vb_op vb_op_pause = { .run = run_pause };

static void probe_monitor(struct vb_run *r)
{
	vb_try(r, "MONITOR");
}

static void run_monitor(struct vb_run *r, u64 n)
{
	u64 line = 0;

	VB_LOOP(n, asm goto(VB_GUARD("monitor")
			    :
			    : "a"(&line), "c"(0), "d"(0)
			    : "memory"
			    : fault));
	return;
fault:
	vb_faulted(r);
}

const struct vb_op vb_op_monitor = {
	.probe = probe_monitor,
	.run = run_monitor,
};

static void on_interrupt(struct irq_work *work)
{
}

static struct irq_work pending;

#define MWAIT_LEAF 5
/* Masked interrupts end MWAIT if bit 0 of ECX says so (SDM vol. 2B, MWAIT). */
#define LEAF_ECX_IBE (1u << 1)
#define MWAIT_ECX_IBE 1

static void probe_mwait(struct vb_run *r)
{
	if (cpuid_eax(0) < MWAIT_LEAF ||
	    !(cpuid_ecx(MWAIT_LEAF) & LEAF_ECX_IBE))
		vb_why(r, "CPUID does not promise that a masked interrupt "
			  "ends MWAIT");
	else if (!arch_irq_work_has_interrupt())
		vb_why(r, "no local APIC for the interrupt that ends MWAIT");
	vb_try(r, "MWAIT");
}

static int setup_mwait(struct vb_run *r)
{
	init_irq_work(&pending, on_interrupt);
	return 0;
}

/*
 * There are two reasons why it does not wait: no MONITOR has gone before it, and
 * an interrupt to this CPU itself is pending and masked.
 */
static void run_mwait(struct vb_run *r, u64 n)
{
	irq_work_queue(&pending);
	VB_LOOP(n, asm goto(VB_GUARD("mwait")
			    :
			    : "a"(0), "c"(MWAIT_ECX_IBE)
			    : "memory"
			    : fault));
	return;
fault:
	vb_faulted(r);
}

static void end_mwait(struct vb_run *r)
{
	irq_work_sync(&pending);
}

const struct vb_op vb_op_mwait = {
	.probe = probe_mwait,
	.setup = setup_mwait,
	.run = run_mwait,
	.teardown = end_mwait,
};
