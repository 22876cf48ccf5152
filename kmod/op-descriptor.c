// SPDX-License-Identifier: GPL-2.0-only
/*
 * One operation: SGDT, SIDT or STR.
 *
 * Nothing, unless the hypervisor intercepts the access to descriptor tables: to
 * watch over them, or to emulate UMIP on a CPU without it (SDM vol. 3C,
 * "Descriptor-table exiting"; Linux, arch/x86/kvm/vmx/vmx.c, vmx_set_cr4()).
 */
#include "guard.h"

#define STORE(insn, size)                                          \
	static void probe_##insn(struct vb_run *r)                 \
	{                                                          \
		vb_try(r, #insn);                                  \
	}                                                          \
                                                                   \
	static void run_##insn(struct vb_run *r, u64 n)            \
	{                                                          \
		u8 to[size];                                       \
                                                                   \
		VB_LOOP(n, asm goto(VB_GUARD(#insn " (%0)")        \
				    :                              \
				    : "r"(to)                      \
				    : "rax", "memory"              \
				    : fault));                     \
		return;                                            \
fault:                                                             \
		vb_faulted(r);                                     \
	}                                                          \
                                                                   \
	const struct vb_op vb_op_##insn = { .probe = probe_##insn, \
					    .run = run_##insn }

/* A limit and a 64-bit base; a selector. */
STORE(sgdt, 10);
STORE(sidt, 10);
STORE(str, 2);
