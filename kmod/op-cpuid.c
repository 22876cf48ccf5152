// SPDX-License-Identifier: GPL-2.0-only
/*
 * One operation: CPUID of one leaf.
 *
 * On Intel's CPUs a guest's CPUID always exits (SDM vol. 3C, "Instructions That
 * Cause VM Exits Unconditionally"), on AMD's if the hypervisor asks for it (APM
 * vol. 2, "Instruction Intercepts"), as all of them do: it is the plain exit and
 * entry.  Leaves differ by what the hypervisor looks up or computes.
 */
#include <asm/cpufeature.h>

#include "vb.h"

static __always_inline void one_cpuid(u32 a)
{
	u32 b, c = 0, d;

	asm volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
}

static void run_cpuid(struct vb_run *r, u64 n)
{
	u32 leaf = r->op->arg;

	VB_LOOP(n, one_cpuid(leaf));
}

const struct vb_op vb_op_cpuid_0 = { .run = run_cpuid };
const struct vb_op vb_op_cpuid_1 = { .run = run_cpuid, .arg = 1 };

/* Elsewhere it means the highest basic leaf (SDM vol. 2A, CPUID). */
static void probe_hypervisor(struct vb_run *r)
{
	if (!boot_cpu_has(X86_FEATURE_HYPERVISOR))
		vb_why(r, "not in a virtual machine: no hypervisor's leaf");
}

const struct vb_op vb_op_cpuid_hypervisor = {
	.probe = probe_hypervisor,
	.run = run_cpuid,
	.arg = 0x40000000,
};
