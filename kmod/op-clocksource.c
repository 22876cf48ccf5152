// SPDX-License-Identifier: GPL-2.0-only
/*
 * One operation: what the kernel does to read one of its clocks, whichever of them
 * it uses: the system's clocksource is neither asked nor changed.
 *
 * TSC and kvm-clock are read without an exit where RDTSC is not intercepted; the
 * latter scales the TSC by what a page says that the hypervisor keeps up to date
 * (Documentation/virt/kvm/x86/msr.rst).  HPET and the ACPI PM timer are devices:
 * KVM leaves both to the VMM.
 */
#include <linux/acpi.h>
#include <linux/io.h>
#include <asm/hpet.h>
#include <asm/pvclock.h>
#include <asm/tsc.h>

#include "vb.h"

static void run_tsc(struct vb_run *r, u64 n)
{
	VB_LOOP(n, rdtsc_ordered());
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

	VB_LOOP(n, OPTIMIZER_HIDE_VAR(page); read_kvm(page));
}

const struct vb_op vb_op_clock_kvm = { .probe = probe_kvm, .run = run_kvm };

#ifdef CONFIG_ACPI
static u64 hpet_base(void)
{
	struct acpi_table_header *table;
	u64 address = 0;

	if (acpi_disabled ||
	    ACPI_FAILURE(acpi_get_table(ACPI_SIG_HPET, 0, &table)))
		return 0;
	address = ((struct acpi_table_hpet *)table)->address.address;
	acpi_put_table(table);
	return address;
}

/* As drivers/clocksource/acpi_pm.c finds it. */
static u16 pm_port(void)
{
	if (acpi_disabled ||
	    acpi_gbl_FADT.xpm_timer_block.space_id != ACPI_ADR_SPACE_SYSTEM_IO)
		return 0;
	return acpi_gbl_FADT.xpm_timer_block.address;
}
#else
static u64 hpet_base(void)
{
	return 0;
}

static u16 pm_port(void)
{
	return 0;
}
#endif

static void probe_hpet(struct vb_run *r)
{
	if (!hpet_base())
		vb_why(r, "ACPI tells of no HPET");
}

static int setup_hpet(struct vb_run *r)
{
	r->private = (__force void *)ioremap(hpet_base(), HPET_MMAP_SIZE);
	return r->private ? 0 : -ENOMEM;
}

static void run_hpet(struct vb_run *r, u64 n)
{
	void __iomem *counter =
		(__force void __iomem *)r->private + HPET_COUNTER;

	VB_LOOP(n, readl(counter));
}

static void teardown_hpet(struct vb_run *r)
{
	if (r->private)
		iounmap((__force void __iomem *)r->private);
}

const struct vb_op vb_op_clock_hpet = {
	.probe = probe_hpet,
	.setup = setup_hpet,
	.run = run_hpet,
	.teardown = teardown_hpet,
};

static void probe_pm(struct vb_run *r)
{
	if (!pm_port())
		vb_why(r, "ACPI tells of no PM timer");
}

static void run_pm(struct vb_run *r, u64 n)
{
	u16 port = pm_port();

	VB_LOOP(n, inl(port));
}

const struct vb_op vb_op_clock_pm = { .probe = probe_pm, .run = run_pm };
