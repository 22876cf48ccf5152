/* SPDX-License-Identifier: GPL-2.0-only */
/* The local APIC as the kernel has set it up, below its drivers. */
#ifndef VB_APIC_H
#define VB_APIC_H

#include <asm/apic.h>
#include <asm/apicdef.h>
#include <asm/cpufeature.h>
#include <asm/fixmap.h>
#include <asm/msr.h>

#include "guard.h"

enum vb_apic { VB_APIC_NONE, VB_APIC_PAGE, VB_APIC_MSRS };

#define VB_X2APIC_SELF_IPI 0x83f /* SDM vol. 3, 11.12.11 */

/* How its registers are reached; if there is no way, vb_why() has the reason. */
static inline enum vb_apic vb_apic(struct vb_run *r)
{
	u32 lo = 0, hi;

	if (!boot_cpu_has(X86_FEATURE_APIC) ||
	    boot_cpu_has(X86_FEATURE_XENPV) ||
	    rdmsr_safe(MSR_IA32_APICBASE, &lo, &hi) ||
	    !(lo & MSR_IA32_APICBASE_ENABLE)) {
		vb_why(r, "no local APIC is in use here");
		return VB_APIC_NONE;
	}
	return lo & X2APIC_ENABLE ? VB_APIC_MSRS : VB_APIC_PAGE;
}

/*
 * Whether STI; HLT is what it is elsewhere: TDX turns HLT into an exception,
 * after which interrupts that came meanwhile do not end it
 * (arch/x86/coco/tdx/tdx.c).
 */
static inline bool vb_may_halt(struct vb_run *r)
{
	if (!boot_cpu_has(X86_FEATURE_XENPV) &&
	    !boot_cpu_has(X86_FEATURE_TDX_GUEST))
		return true;
	vb_why(r, "HLT is an exception in this kind of guest");
	return false;
}

/* No fence: no other CPU reads what was written before.  False: it faulted. */
static __always_inline bool vb_wrmsr(u32 msr, u64 value)
{
	asm goto(VB_GUARD("wrmsr")
		 :
		 : "c"(msr), "a"((u32)value), "d"((u32)(value >> 32))
		 : "memory"
		 : fault);
	return true;
fault:
	return false;
}

static __always_inline bool vb_apic_write(enum vb_apic how, u32 reg, u32 value)
{
	if (how == VB_APIC_MSRS)
		return vb_wrmsr(APIC_BASE_MSR + (reg >> 4), value);
	writel(value, (void __iomem *)(APIC_BASE + reg));
	return true;
}

static inline u32 vb_apic_read(enum vb_apic how, u32 reg)
{
	u32 lo = 0, hi;

	if (how == VB_APIC_PAGE)
		return readl((void __iomem *)(APIC_BASE + reg));
	if (rdmsr_safe(APIC_BASE_MSR + (reg >> 4), &lo, &hi))
		return 0;
	return lo;
}

/*
 * The ICR in memory is not to be written while an IPI is on its way (SDM vol. 3A,
 * 11.6.1, "Delivery Status"), one of Linux's from an interrupt, perhaps.  A
 * virtual APIC has delivered when the write returns, and would take the question
 * for another exit, so it is asked of hardware alone.
 */
#define VB_ICR_SPINS 1000
static __always_inline void vb_apic_settle(void)
{
	u32 spins = VB_ICR_SPINS;

	if (boot_cpu_has(X86_FEATURE_HYPERVISOR))
		return;
	while (vb_apic_read(VB_APIC_PAGE, APIC_ICR) & APIC_ICR_BUSY && --spins)
		cpu_relax();
}

/* Interrupts are off from here to the write's end. */
static __always_inline bool vb_apic_icr(enum vb_apic how, u32 icr)
{
	if (how == VB_APIC_PAGE)
		vb_apic_settle();
	return vb_apic_write(how, APIC_ICR, icr);
}

/* The same; two writes make one IPI. */
static __always_inline bool vb_apic_ipi(enum vb_apic how, u32 icr, u32 dest)
{
	if (how == VB_APIC_MSRS)
		return vb_wrmsr(APIC_BASE_MSR + (APIC_ICR >> 4),
				(u64)dest << 32 | icr);
	vb_apic_settle();
	vb_apic_write(how, APIC_ICR2, SET_XAPIC_DEST_FIELD(dest));
	return vb_apic_write(how, APIC_ICR, icr);
}

#endif
