/* SPDX-License-Identifier: GPL-2.0-only */
/* Instructions that the CPU or the hypervisor may refuse. */
#ifndef VB_GUARD_H
#define VB_GUARD_H

#include <asm/asm.h>

#include "vb.h"

/* Of the exception that VB_GUARD() met last; runs are one at a time. */
extern u32 vb_vector;

/*
 * For asm goto with the label "fault": that is where an exception leads to, by
 * way of a detour that keeps its vector, which the exception table has put into
 * RAX (arch/x86/mm/extable.c, EX_TYPE_FAULT).  So RAX is lost there, and is to
 * be a clobber, or an input that nobody needs after a fault.
 */
#define VB_GUARD(insn)                           \
	"771:	" insn "\n"                      \
	"	.pushsection .text.unlikely, \"ax\"\n" \
	"772:	movl %%eax, vb_vector(%%rip)\n"    \
	"	jmp %l[fault]\n"                       \
	"	.popsection\n" _ASM_EXTABLE_FAULT(771b, 772b)

/*
 * For probe(): does one run, between setup() and teardown(), in the surroundings
 * of a batch, but never preempted.  If that faults, the reason is "@what raises #UD", or whatever came.
 */
__printf(2, 3) void vb_try(struct vb_run *r, const char *what, ...);

/* False: refused. */
bool vb_rdmsr(u32 msr, u64 *value);

/*
 * A guest of Xen PV runs its kernel without privileges: of what it touches there
 * some is emulated, some is not, and none is what others mean by it.
 */
bool vb_unprivileged(struct vb_run *r);

/*
 * For instructions whose exit Linux does not handle in a guest with encrypted
 * state (SEV-ES): where such an exit is intercepted, its #VC ends the guest, and
 * no exception table helps (arch/x86/coco/sev, ES_UNSUPPORTED).  So they are
 * never executed there.
 */
void vb_not_encrypted(struct vb_run *r, const char *insn);

#endif
