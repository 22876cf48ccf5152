// SPDX-License-Identifier: GPL-2.0-only
/*
 * One operation: an IPI by the local APIC, until the interrupt has been taken on this
 * CPU, on one other, or on all others, which are running.
 *
 * The write to the ICR, or to the x2APIC's register for IPIs to oneself (SDM
 * vol. 3A, 11.6.1 and 11.12.11), exits unless the APIC is virtualised (Intel:
 * APIC-register virtualisation, IPI virtualisation; AMD: AVIC); the interrupt is
 * injected at an entry, or posted.  With HLT after STI the vCPU stops and is
 * woken at once by what is pending already (SDM vol. 2, "STI": the shadow).  On
 * bare metal an xAPIC's ICR is read before it is written.
 *
 * A module cannot have a vector of its own.  That of the scheduler's IPI does no
 * more than end the interrupt, count it, and look at need_resched
 * (arch/x86/kernel/smp.c), so an unexpected one does no harm; the count shows
 * here that the interrupt has arrived.
 */
#include <linux/cpumask.h>
#include <linux/irqflags.h>
#include <linux/slab.h>
#include <asm/irq_vectors.h>

#include "apic.h"
#include "backstop.h"
#include "compat.h"

#define SELF (APIC_DEST_SELF | APIC_DM_FIXED | RESCHEDULE_VECTOR)
#define OTHERS (APIC_DEST_ALLBUT | APIC_DM_FIXED | RESCHEDULE_VECTOR)
#define ONE (APIC_DEST_PHYSICAL | APIC_DM_FIXED | RESCHEDULE_VECTOR)

#ifdef CONFIG_SMP
#define COUNT(cpu) (&vb_irq_stat(cpu, RESCHEDULE))
#else
#define COUNT(cpu) ((const unsigned int *)NULL)
#endif

struct target {
	const unsigned int *count;
	unsigned int seen;
};

struct ipi {
	enum vb_apic how;
	u32 icr, dest;
	struct vb_crew *busy;
	unsigned int n;
	struct target targets[];
};

static enum vb_apic probe_apic(struct vb_run *r)
{
	if (!IS_ENABLED(CONFIG_SMP))
		vb_why(r, "this kernel is for one CPU, it takes no IPIs");
	return vb_apic(r);
}

static void probe_self(struct vb_run *r)
{
	probe_apic(r);
	vb_may_halt(r);
}

static void probe_x2apic(struct vb_run *r)
{
	if (probe_apic(r) == VB_APIC_PAGE)
		vb_why(r, "the APIC is not in x2APIC mode");
	vb_may_halt(r);
}

static int setup(struct vb_run *r, unsigned int n)
{
	struct ipi *ipi = kzalloc(struct_size(ipi, targets, n), GFP_KERNEL);

	if (!ipi)
		return -ENOMEM;
	r->private = ipi;
	ipi->how = vb_apic(r);
	return 0;
}

static int setup_self(struct vb_run *r)
{
	int ret = setup(r, 1);
	struct ipi *ipi = r->private;

	if (ret)
		return ret;
	ipi->targets[ipi->n++].count = COUNT(r->cpu);
	vb_backstop_start();
	return 0;
}

static void teardown(struct vb_run *r)
{
	struct ipi *ipi = r->private;

	vb_backstop_stop();
	if (ipi)
		vb_peers_stop(ipi->busy);
	kfree(ipi);
}

/*
 * The CLI and STI are no kernel functions, for those who trace them: nobody is to
 * know, since it is the same again after a few instructions.  HLT waits for the
 * IPI or anything else that comes first, the backstop at the latest.
 */
#define SELF_IPI(send, after)                                            \
	({                                                               \
		unsigned int seen = READ_ONCE(*count);                   \
		bool sent;                                               \
                                                                         \
		asm volatile("cli" : : : "memory");                      \
		sent = send;                                             \
		asm volatile("sti; " after : : : "memory");              \
		if (!sent)                                               \
			vb_faulted(r);                                   \
		sent &&VB_SPIN(r, READ_ONCE(*count) != seen, "the IPI"); \
	})

static __always_inline void loop_self(struct vb_run *r, u64 n, bool halt,
				      enum vb_apic how, bool by_msr)
{
	struct ipi *ipi = r->private;
	const unsigned int *count = ipi->targets[0].count;

#define SEND                                                        \
	(by_msr ? vb_wrmsr(VB_X2APIC_SELF_IPI, RESCHEDULE_VECTOR) : \
		  vb_apic_icr(how, SELF))
	if (halt)
		VB_LOOP(n, if (!SELF_IPI(SEND, "hlt")) break);
	else
		VB_LOOP(n, if (!SELF_IPI(SEND, "nop")) break);
#undef SEND
}

static __always_inline void run_self(struct vb_run *r, u64 n, bool halt)
{
	struct ipi *ipi = r->private;

	/* x2APIC's ICR is one register, the shorthand is in its low half. */
	if (ipi->how == VB_APIC_MSRS)
		loop_self(r, n, halt, VB_APIC_MSRS, false);
	else
		loop_self(r, n, halt, VB_APIC_PAGE, false);
}

static void run_self_nop(struct vb_run *r, u64 n)
{
	run_self(r, n, false);
}

static void run_self_hlt(struct vb_run *r, u64 n)
{
	run_self(r, n, true);
}

static void run_x2apic_nop(struct vb_run *r, u64 n)
{
	loop_self(r, n, false, VB_APIC_MSRS, true);
}

static void run_x2apic_hlt(struct vb_run *r, u64 n)
{
	loop_self(r, n, true, VB_APIC_MSRS, true);
}

#define SELF_OP(name, what)                 \
	const struct vb_op vb_op_##name = { \
		.probe = what,              \
		.setup = setup_self,        \
		.run = run_##name,          \
		.teardown = teardown,       \
		.access = LOCKDOWN_MSR,     \
	}

SELF_OP(self_nop, probe_self);
SELF_OP(self_hlt, probe_self);
SELF_OP(x2apic_nop, probe_x2apic);
SELF_OP(x2apic_hlt, probe_x2apic);

static void probe_others(struct vb_run *r)
{
	probe_apic(r);
}

/*
 * CPUs that are there but offline would get it as well, and the kernel asks that
 * no shorthand reaches them (arch/x86/kernel/apic/ipi.c).
 */
static void probe_broadcast(struct vb_run *r)
{
	probe_apic(r);
	if (num_online_cpus() != num_present_cpus())
		vb_why(r, "a CPU is offline, and would get it too");
}

static int setup_one(struct vb_run *r)
{
	int ret = setup(r, 1);
	struct ipi *ipi = r->private;

	if (ret)
		return ret;
	ipi->icr = ONE;
	ipi->dest = per_cpu(x86_cpu_to_apicid, r->peer);
	ipi->targets[ipi->n++].count = COUNT(r->peer);
	ipi->busy = vb_peers_start(r, 1);
	return 0;
}

static int setup_broadcast(struct vb_run *r)
{
	int ret = setup(r, num_online_cpus());
	struct ipi *ipi = r->private;
	int cpu;

	if (ret)
		return ret;
	ipi->icr = OTHERS;
	for_each_online_cpu(cpu) if (cpu != r->cpu) ipi->targets[ipi->n++]
		.count = COUNT(cpu);
	ipi->busy = vb_peers_start(r, ipi->n);
	return 0;
}

static __always_inline bool send(const struct ipi *ipi, enum vb_apic how)
{
	bool sent;

	if (how == VB_APIC_MSRS)
		return vb_apic_ipi(how, ipi->icr, ipi->dest);
	asm volatile("cli" : : : "memory");
	sent = vb_apic_ipi(how, ipi->icr, ipi->dest);
	asm volatile("sti" : : : "memory");
	return sent;
}

static __always_inline bool send_and_see(struct vb_run *r, struct ipi *ipi,
					 enum vb_apic how)
{
	struct target *t;

	if (!send(ipi, how)) {
		vb_faulted(r);
		return false;
	}
	for (t = ipi->targets; t < ipi->targets + ipi->n; t++) {
		if (!VB_SPIN(r, READ_ONCE(*t->count) != t->seen, "the IPI"))
			return false;
		t->seen = READ_ONCE(*t->count);
	}
	return true;
}

static void run_others(struct vb_run *r, u64 n)
{
	struct ipi *ipi = r->private;
	struct target *t;

	for (t = ipi->targets; t < ipi->targets + ipi->n; t++)
		t->seen = READ_ONCE(*t->count);
	if (ipi->how == VB_APIC_MSRS)
		VB_LOOP(n, if (!send_and_see(r, ipi, VB_APIC_MSRS)) break);
	else
		VB_LOOP(n, if (!send_and_see(r, ipi, VB_APIC_PAGE)) break);
}

const struct vb_op vb_op_ipi_one = {
	.probe = probe_others,
	.setup = setup_one,
	.run = run_others,
	.teardown = teardown,
	.access = LOCKDOWN_MSR,
};

const struct vb_op vb_op_ipi_broadcast = {
	.probe = probe_broadcast,
	.setup = setup_broadcast,
	.run = run_others,
	.teardown = teardown,
	.access = LOCKDOWN_MSR,
};
