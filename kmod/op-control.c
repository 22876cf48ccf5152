// SPDX-License-Identifier: GPL-2.0-only
/*
 * One operation: a MOV from or to a control or debug register, or XSETBV.  What
 * is written is what was there, but for two bits that are cleared and set again:
 * that is two writes.
 *
 * Reading CR0 or CR4 does not exit on Intel's CPUs, which have read shadows.
 * KVM intercepts reads of CR4 on AMD's (arch/x86/kvm/svm/svm.c, INTERCEPT_CR4_READ).
 * A write exits if it changes a bit which the hypervisor has to know of (SDM vol. 3C,
 * "Guest/Host Masks and Read Shadows for CR0 and CR4"; APM vol. 2, "Control-Register
 * Intercepts").  CR0.WP and CR4.PGE
 * are such bits where the hypervisor shadows page tables; CR4.PGE, as CR3, flushes
 * the TLB too.  CR8 is the APIC's task priority.  Linux's KVM stops intercepting
 * DR7 after the first access (arch/x86/kvm/x86.c, KVM_DEBUGREG_WONT_EXIT).
 * XSETBV always exits on Intel's CPUs.
 */
#include <asm/processor-flags.h>

#include "guard.h"

#define MOV_FROM(reg)                               \
	asm goto(VB_GUARD("movq %%" #reg ", %%rax") \
		 :                                  \
		 :                                  \
		 : "rax", "memory"                  \
		 : fault)

/* Old compilers know no asm goto with outputs, so the assembly stores the value. */
#define KEEP(reg, was)                                                 \
	asm goto(VB_GUARD("movq %%" #reg ", %%rax") "movq %%rax, (%0)" \
		 :                                                     \
		 : "r"(was)                                            \
		 : "rax", "memory"                                     \
		 : fault)

/* @first comes once, with operations and without. */
#define FROM_AFTER(reg, first)                              \
	static void probe_from_##reg(struct vb_run *r)      \
	{                                                   \
		if (!vb_unprivileged(r))                    \
			vb_try(r, "MOV from " #reg);        \
	}                                                   \
                                                            \
	static void run_from_##reg(struct vb_run *r, u64 n) \
	{                                                   \
		first;                                      \
		VB_LOOP(n, MOV_FROM(reg));                  \
		return;                                     \
fault:                                                      \
		vb_faulted(r);                              \
	}                                                   \
                                                            \
	const struct vb_op vb_op_from_##reg = {             \
		.probe = probe_from_##reg,                  \
		.run = run_from_##reg,                      \
	}

#define FROM(reg) FROM_AFTER(reg, )

FROM(cr0);
FROM(cr3);
FROM(cr4);
FROM(cr8);
/*
 * The marker that begins a tracer's window exits, and the first access after an
 * exit exits as well; MOV to DR7 has one, too, in TO_PROBED().
 */
FROM_AFTER(dr7, MOV_FROM(dr7));

static void probe_to(struct vb_run *r, const char *reg)
{
	if (!vb_unprivileged(r))
		vb_try(r, "MOV to %s", reg);
}

/* @statement writes @was, the register's value, by MOV_TO(). */
#define TO_PROBED(id, reg, statement)                            \
	static void run_to_##id(struct vb_run *r, u64 n)         \
	{                                                        \
		u64 kept, was;                                   \
                                                                 \
		KEEP(reg, &kept);                                \
		/* Unlike @kept, @was can stay in a register. */ \
		was = kept;                                      \
		VB_LOOP(n, statement);                           \
		return;                                          \
fault:                                                           \
		vb_faulted(r);                                   \
	}                                                        \
                                                                 \
	const struct vb_op vb_op_to_##id = {                     \
		.probe = probe_to_##id,                          \
		.run = run_to_##id,                              \
	}

#define TO(id, reg, statement)                      \
	static void probe_to_##id(struct vb_run *r) \
	{                                           \
		probe_to(r, #reg);                  \
	}                                           \
	TO_PROBED(id, reg, statement)

#define MOV_TO(reg, value)                    \
	asm goto(VB_GUARD("movq %0, %%" #reg) \
		 :                            \
		 : "r"(value)                 \
		 : "rax", "memory"            \
		 : fault)

#define CR4_CET (1ul << 23)

/* CR0.WP cannot be cleared while CR4.CET is set (SDM vol. 3A, 2.5, CR4.CET). */
static void probe_to_cr0_wp(struct vb_run *r)
{
	unsigned long cr4 = 0;

	if (!vb_unprivileged(r))
		asm volatile("movq %%cr4, %0" : "=r"(cr4));
	if (cr4 & CR4_CET)
		vb_why(r, "CR4.CET is set, so CR0.WP cannot be cleared");
	probe_to(r, "cr0");
}

TO_PROBED(cr0_wp, cr0, MOV_TO(cr0, was ^ X86_CR0_WP); MOV_TO(cr0, was));
TO(cr3, cr3, MOV_TO(cr3, was));
TO(cr4_pge, cr4, MOV_TO(cr4, was ^ X86_CR4_PGE); MOV_TO(cr4, was));
/*
 * With interrupts on: an emulated host that runs KVM (QEMU 7.2, SVM) dies when
 * CR8 is written while a virtual interrupt waits to be unmasked.
 */
TO(cr8, cr8, MOV_TO(cr8, was));
TO(dr7, dr7, MOV_TO(dr7, was));

static void probe_xsetbv(struct vb_run *r)
{
	if (!vb_unprivileged(r))
		vb_try(r, "XSETBV");
}

static void run_xsetbv(struct vb_run *r, u64 n)
{
	u32 was[2];

	asm goto(VB_GUARD("xgetbv") "movl %%eax, (%1)\n\tmovl %%edx, 4(%1)"
		 :
		 : "c"(0), "D"(was)
		 : "rax", "rdx", "memory"
		 : fault);
	VB_LOOP(n, asm goto(VB_GUARD("xsetbv")
			    :
			    : "c"(0), "a"(was[0]), "d"(was[1])
			    : "memory"
			    : fault));
	return;
fault:
	vb_faulted(r);
}

const struct vb_op vb_op_xsetbv = { .probe = probe_xsetbv, .run = run_xsetbv };
