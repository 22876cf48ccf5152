// SPDX-License-Identifier: GPL-2.0-only
/*
 * One operation: RDMSR or WRMSR of one register.  What is written is what was
 * read at the beginning of the batch.
 *
 * Each register is the guest's own or is intercepted, as the hypervisor's bitmap
 * of MSRs says (SDM vol. 3C, "MSR-Bitmap Address"; APM vol. 2, "MSR
 * Intercepts").  KVM passes the bases of FS and GS through, and SPEC_CTRL and
 * PRED_CMD where the guest has them; it keeps TSC_ADJUST and APIC_BASE to itself
 * (Linux, arch/x86/kvm/vmx/vmx.c and svm/svm.c), and POWER_CTL is one that few
 * guests ever use.
 */
#include <linux/kernel.h>
#include <asm/cpufeature.h>
#include <asm/msr-index.h>
#include <asm/processor.h>

#include "guard.h"

#define ANY (-1)
#define INTEL (-2)

/* Some hypervisors ignore accesses to what is not there, so CPUID is asked. */
static const struct known {
	u32 index;
	int feature;
	const char *name;
} known_msrs[] = {
	{ MSR_IA32_APICBASE, X86_FEATURE_APIC, "APIC_BASE" },
	{ MSR_IA32_TSC_ADJUST, X86_FEATURE_TSC_ADJUST, "TSC_ADJUST" },
	{ MSR_FS_BASE, ANY, "FS_BASE" },
	{ MSR_KERNEL_GS_BASE, ANY, "KERNEL_GS_BASE" },
	{ MSR_IA32_SPEC_CTRL, X86_FEATURE_MSR_SPEC_CTRL, "SPEC_CTRL" },
	{ MSR_IA32_PRED_CMD, X86_FEATURE_IBPB, "PRED_CMD" },
	{ MSR_IA32_POWER_CTL, INTEL, "POWER_CTL" },
};

static const struct known *msr_of(const struct vb_run *r)
{
	for (size_t i = 0; i < ARRAY_SIZE(known_msrs); i++)
		if (known_msrs[i].index == r->op->arg)
			return &known_msrs[i];
	return NULL;
}

/*
 * POWER_CTL has no bit of its own: the vendor and the family are all that CPUID
 * says about it (SDM vol. 4, tables 2-15 and later: family 6 and its successors).
 */
static bool has_power_ctl(void)
{
	return boot_cpu_data.x86_vendor == X86_VENDOR_INTEL &&
	       boot_cpu_data.x86 >= 6 && boot_cpu_data.x86 != 15;
}

static bool promised(int feature)
{
	if (feature == INTEL)
		return has_power_ctl();
	return feature == ANY || boot_cpu_has(feature);
}

static void try_msr(struct vb_run *r, const char *insn)
{
	const struct known *m = msr_of(r);

	if (!promised(m->feature))
		vb_why(r, "CPUID promises no register %s", m->name);
	vb_try(r, "%s of %s", insn, m->name);
}

static void probe_rdmsr(struct vb_run *r)
{
	try_msr(r, "RDMSR");
}

static void run_rdmsr(struct vb_run *r, u64 n)
{
	u32 index = r->op->arg;

	VB_LOOP(n, asm goto(VB_GUARD("rdmsr")
			    :
			    : "c"(index)
			    : "rax", "rdx", "memory"
			    : fault));
	return;
fault:
	vb_faulted(r);
}

static void probe_wrmsr(struct vb_run *r)
{
	try_msr(r, "WRMSR");
}

static void write(struct vb_run *r, u64 n, u64 value)
{
	u32 index = r->op->arg, lo = value, hi = value >> 32;

	VB_LOOP(n, asm goto(VB_GUARD("wrmsr")
			    :
			    : "c"(index), "a"(lo), "d"(hi)
			    : "memory"
			    : fault));
	return;
fault:
	vb_faulted(r);
}

static void run_wrmsr(struct vb_run *r, u64 n)
{
	u64 value;

	if (vb_rdmsr(r->op->arg, &value))
		write(r, n, value);
	else
		vb_faulted(r);
}

#define RDMSR(id, msr)                          \
	const struct vb_op vb_op_rdmsr_##id = { \
		.probe = probe_rdmsr,           \
		.run = run_rdmsr,               \
		.arg = msr,                     \
	}
#define WRMSR(id, msr)                          \
	const struct vb_op vb_op_wrmsr_##id = { \
		.probe = probe_wrmsr,           \
		.run = run_wrmsr,               \
		.access = LOCKDOWN_MSR,         \
		.arg = msr,                     \
	}

RDMSR(apic_base, MSR_IA32_APICBASE);
WRMSR(apic_base, MSR_IA32_APICBASE);
RDMSR(tsc_adjust, MSR_IA32_TSC_ADJUST);
WRMSR(tsc_adjust, MSR_IA32_TSC_ADJUST);
RDMSR(fs_base, MSR_FS_BASE);
WRMSR(fs_base, MSR_FS_BASE);
RDMSR(kernel_gs_base, MSR_KERNEL_GS_BASE);
WRMSR(kernel_gs_base, MSR_KERNEL_GS_BASE);
RDMSR(spec_ctrl, MSR_IA32_SPEC_CTRL);
WRMSR(spec_ctrl, MSR_IA32_SPEC_CTRL);
RDMSR(power_ctl, MSR_IA32_POWER_CTL);

/* PRED_CMD is for writing alone; its bit 0 is the barrier. */
static void run_ibpb(struct vb_run *r, u64 n)
{
	write(r, n, PRED_CMD_IBPB);
}

const struct vb_op vb_op_wrmsr_ibpb = {
	.probe = probe_wrmsr,
	.run = run_ibpb,
	.arg = MSR_IA32_PRED_CMD,
	.access = LOCKDOWN_MSR,
};

/*
 * A real one belongs to the whole package, where another CPU may change it
 * between our reading and our writing.
 */
static void probe_power_ctl(struct vb_run *r)
{
	if (!boot_cpu_has(X86_FEATURE_HYPERVISOR))
		vb_why(r, "not in a virtual machine: POWER_CTL of real "
			  "hardware is left alone");
	try_msr(r, "WRMSR");
}

const struct vb_op vb_op_wrmsr_power_ctl = {
	.probe = probe_power_ctl,
	.run = run_wrmsr,
	.arg = MSR_IA32_POWER_CTL,
	.access = LOCKDOWN_MSR,
};
