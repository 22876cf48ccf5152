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
#include <linux/irqflags.h>
#include <asm/irq_work.h>

#include "backstop.h"
#include "compat.h"
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
#define WAITS_MAX 10 /* until a backstop */

static bool masked_interrupts_end_it(void)
{
	return cpuid_eax(0) >= MWAIT_LEAF &&
	       cpuid_ecx(MWAIT_LEAF) & LEAF_ECX_IBE &&
	       arch_irq_work_has_interrupt();
}

static void probe_mwait(struct vb_run *r)
{
	if (!vb_unprivileged(r))
		vb_try(r, "MWAIT");
}

/* Each run finds out anew, in its first batch, which is no sample. */
static bool masked;

static int setup_mwait(struct vb_run *r)
{
	masked = masked_interrupts_end_it();
	pending = IRQ_WORK_INIT_HARD(on_interrupt);
	vb_backstop_start();
	return 0;
}

/*
 * An interrupt to this CPU itself is pending meanwhile.  False: ECX is refused, as
 * QEMU's emulator does whatever it promises.
 */
static bool mwait_masked(struct vb_run *r, u64 n)
{
	unsigned long flags;

	local_irq_save(flags);
	irq_work_queue(&pending);
	VB_LOOP(n, asm goto(VB_GUARD("mwait")
			    :
			    : "a"(0), "c"(MWAIT_ECX_IBE)
			    : "memory"
			    : fault));
	local_irq_restore(flags);
	return true;
fault:
	local_irq_restore(flags);
	return false;
}

static void mwait_unmasked(struct vb_run *r, u64 n)
{
	VB_LOOP(n, asm goto(VB_GUARD("mwait")
			    :
			    : "a"(0), "c"(0)
			    : "memory"
			    : fault);
		if (vb_backstop_count() > WAITS_MAX) goto waited);
	return;
waited:
	vb_why(r, "MWAIT waits, although nothing is monitored");
	return;
fault:
	vb_faulted(r);
}

/*
 * It does not wait, for no MONITOR has gone before it: hypervisors that refuse
 * MWAIT take it for a NOP (Linux, arch/x86/kvm/x86.c, kvm_emulate_monitor_mwait()).
 * Should it all the same, a masked interrupt ends it if CPUID promises that, and
 * any other, the backstop's at the latest, if not.
 */
static void run_mwait(struct vb_run *r, u64 n)
{
	if (masked && !mwait_masked(r, n))
		masked = false;
	if (!masked)
		mwait_unmasked(r, n);
}

static void end_mwait(struct vb_run *r)
{
	vb_backstop_stop();
	irq_work_sync(&pending);
}

const struct vb_op vb_op_mwait = {
	.probe = probe_mwait,
	.setup = setup_mwait,
	.run = run_mwait,
	.teardown = end_mwait,
};
