// SPDX-License-Identifier: GPL-2.0-only
/*
 * One operation: irq_work_queue(), and the work done in an interrupt of this CPU.
 *
 * The kernel sends itself an IPI (arch/x86/kernel/irq_work.c): the exit or the
 * virtualised write of kernel/ipi-self-nop, with what Linux has around it, as
 * perf and printk use it.
 */
#include <linux/irq_work.h>
#include <asm/irq_work.h>

#include "vb.h"

static u32 done;

static void count(struct irq_work *unused)
{
	WRITE_ONCE(done, done + 1);
}

static struct irq_work work = IRQ_WORK_INIT_HARD(count);

static void probe(struct vb_run *r)
{
	if (!arch_irq_work_has_interrupt())
		vb_why(r, "without a local APIC it waits for the timer's tick");
}

static __always_inline bool queue_and_wait(struct vb_run *r)
{
	u32 before = READ_ONCE(done);

	irq_work_queue(&work);
	return VB_SPIN(r, READ_ONCE(done) != before, "the interrupt");
}

static void run(struct vb_run *r, u64 n)
{
	VB_LOOP(n, if (!queue_and_wait(r)) break);
}

static void teardown(struct vb_run *r)
{
	irq_work_sync(&work);
}

const struct vb_op vb_op_irq_work = {
	.probe = probe,
	.run = run,
	.teardown = teardown,
};
