// SPDX-License-Identifier: GPL-2.0-only
/*
 * One operation: what the kernel does to read one of its clocks, whichever of them
 * it uses: the system's clocksource is neither asked nor changed.
 *
 * TSC and kvm-clock are read without an exit where RDTSC is not intercepted; the
 * latter scales the TSC by what a page says that the hypervisor keeps up to date
 * (Documentation/virt/kvm/x86/msr.rst).  The clocks that are devices are in
 * op-mmio.c (HPET) and op-pio.c (ACPI PM timer).
 */
#include <linux/cache.h>
#include <linux/time64.h>
#include <linux/types.h>
#include <asm/barrier.h>
#include <asm/pvclock.h>
#include <asm/tsc.h>

#include "vb.h"

/* Or the compiler leaves out what it takes to make a time of a reading. */
#define USE(time) asm volatile("" : : "r"(time))

static void run_tsc(struct vb_run *r, u64 n)
{
	VB_LOOP(n, USE(rdtsc_ordered()));
}

const struct vb_op vb_op_clock_tsc = { .run = run_tsc };

/*
 * The page of CPU 0 is the one that the kernel shares with others.  Other CPUs
 * may use it where the hypervisor says that all agree (PVCLOCK_TSC_STABLE_BIT).
 */
static struct pvclock_vcpu_time_info *kvm_page(const struct vb_run *r)
{
	struct pvclock_vsyscall_time_info *info = pvclock_get_pvti_cpu0_va();

	if (!info)
		return NULL;
	if (r->cpu && !(info->pvti.flags & PVCLOCK_TSC_STABLE_BIT))
		return NULL;
	return &info->pvti;
}

static void probe_kvm(struct vb_run *r)
{
	if (!kvm_page(r))
		vb_why(r, "the kernel shares no page of a kvm-clock");
}

static __always_inline u64 read_kvm(const struct pvclock_vcpu_time_info *page)
{
	unsigned int version;
	u64 ns;

	do {
		version = pvclock_read_begin(page);
		ns = __pvclock_read_cycles(page, rdtsc_ordered());
	} while (pvclock_read_retry(page, version));
	return ns;
}

static void run_kvm(struct vb_run *r, u64 n)
{
	const struct pvclock_vcpu_time_info *page = kvm_page(r);

	/* The hypervisor may have taken its word back since, as in a migration. */
	if (!page)
		return vb_why(r, "the kvm-clocks of the CPUs no longer agree");
	VB_LOOP(n, OPTIMIZER_HIDE_VAR(page); USE(read_kvm(page)));
}

const struct vb_op vb_op_clock_kvm = { .probe = probe_kvm, .run = run_kvm };
