// SPDX-License-Identifier: GPL-2.0-only
/*
 * One operation: the read of a 32-bit register in memory, of the local APIC, the
 * I/O APIC or the HPET.  None of the registers changes by being read.  The HPET's
 * counter is also a clock of Linux, which spares itself some of these reads by
 * sharing them between CPUs (arch/x86/kernel/hpet.c, read_hpet()); here is one.
 *
 * Where nothing is mapped for the guest, the access exits as a nested page fault
 * and is decoded and emulated.  A virtual APIC of the CPU (SDM vol. 3C, "APIC
 * Virtualization"; APM vol. 2, "AVIC") answers for the version by itself, and
 * exits for the timer's count, which it does not keep.  KVM has both APICs where
 * it has the whole interrupt controller; the HPET is always the VMM's.  Under Xen
 * PV a dummy page is where the APICs would be (arch/x86/xen/mmu_pv.c).
 */
#include <linux/io.h>
#include <asm/apicdef.h>
#include <asm/cpufeature.h>
#include <asm/fixmap.h>
#include <asm/hpet.h>
#include <asm/msr-index.h>
#ifdef CONFIG_ACPI
#include <linux/acpi.h>
#endif

#include "guard.h"

static void read_at(struct vb_run *r, u64 n, unsigned long address)
{
	VB_LOOP(n, asm goto(VB_GUARD("movl (%0), %%eax")
			    :
			    : "r"(address)
			    : "rax", "memory"
			    : fault));
	return;
fault:
	vb_faulted(r);
}

#ifdef CONFIG_X86_LOCAL_APIC
static void probe_lapic(struct vb_run *r)
{
	u64 base;

	if (vb_unprivileged(r))
		return;
	if (!vb_rdmsr(MSR_IA32_APICBASE, &base) ||
	    !(base & MSR_IA32_APICBASE_ENABLE))
		vb_why(r, "no local APIC");
	else if (base & X2APIC_ENABLE)
		vb_why(r, "the local APIC is in x2APIC mode: no registers in "
			  "memory (nox2apic on the kernel command line)");
	vb_try(r, "a read of the local APIC");
}

static void run_lapic(struct vb_run *r, u64 n)
{
	read_at(r, n, APIC_BASE + r->op->arg);
}
#else
static void probe_lapic(struct vb_run *r)
{
	vb_why(r, "the kernel has no driver for the local APIC");
}

static void run_lapic(struct vb_run *r, u64 n)
{
}
#endif

const struct vb_op vb_op_mmio_lapic_version = {
	.probe = probe_lapic,
	.run = run_lapic,
	.arg = APIC_LVR,
	.access = LOCKDOWN_DEV_MEM,
};

const struct vb_op vb_op_mmio_lapic_count = {
	.probe = probe_lapic,
	.run = run_lapic,
	.arg = APIC_TMCCT,
	.access = LOCKDOWN_DEV_MEM,
};

/*
 * The index register, which is there to be read as well (82093AA data sheet,
 * 3.1.1): for the others it would have to be written, and it is Linux's.
 */
#ifdef CONFIG_X86_IO_APIC
static void probe_ioapic(struct vb_run *r)
{
	if (!vb_unprivileged(r))
		vb_try(r, "a read of the I/O APIC, which the kernel may not "
			  "use,");
}

static void run_ioapic(struct vb_run *r, u64 n)
{
	read_at(r, n, fix_to_virt(FIX_IO_APIC_BASE_0));
}
#else
static void probe_ioapic(struct vb_run *r)
{
	vb_why(r, "the kernel has no driver for the I/O APIC");
}

static void run_ioapic(struct vb_run *r, u64 n)
{
}
#endif

const struct vb_op vb_op_mmio_ioapic = {
	.probe = probe_ioapic,
	.run = run_ioapic,
	.access = LOCKDOWN_DEV_MEM,
};

#ifdef CONFIG_ACPI
static u64 hpet_address_by_acpi(void)
{
	struct acpi_table_header *table;
	u64 address = 0;

	if (acpi_disabled ||
	    ACPI_FAILURE(acpi_get_table(ACPI_SIG_HPET, 0, &table)))
		return 0;
	if (((struct acpi_table_hpet *)table)->address.space_id ==
	    ACPI_ADR_SPACE_SYSTEM_MEMORY)
		address = ((struct acpi_table_hpet *)table)->address.address;
	acpi_put_table(table);
	return address;
}
#else
static u64 hpet_address_by_acpi(void)
{
	return 0;
}
#endif

/* The first register holds the vendor, who is somebody. */
static int setup_hpet(struct vb_run *r)
{
	u64 address = hpet_address_by_acpi();
	void __iomem *hpet;

	if (!address) {
		vb_why(r, "ACPI lists no HPET");
		return 0;
	}
	hpet = ioremap(address, PAGE_SIZE);
	if (!hpet)
		return -ENOMEM;
	r->private = (void __force *)hpet;
	if (readl(hpet) == ~0u)
		vb_why(r, "no HPET at the address that ACPI lists");
	return 0;
}

static void end_hpet(struct vb_run *r)
{
	if (r->private)
		iounmap((void __iomem __force *)r->private);
}

static void probe_hpet(struct vb_run *r)
{
	vb_try(r, "a read of the HPET");
}

static void run_hpet(struct vb_run *r, u64 n)
{
	read_at(r, n, (unsigned long)r->private + r->op->arg);
}

const struct vb_op vb_op_mmio_hpet = {
	.probe = probe_hpet,
	.setup = setup_hpet,
	.run = run_hpet,
	.teardown = end_hpet,
	.arg = HPET_ID,
	.access = LOCKDOWN_DEV_MEM,
};

const struct vb_op vb_op_clock_hpet = {
	.probe = probe_hpet,
	.setup = setup_hpet,
	.run = run_hpet,
	.teardown = end_hpet,
	.arg = HPET_COUNTER,
	.access = LOCKDOWN_DEV_MEM,
};
