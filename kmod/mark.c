// SPDX-License-Identifier: GPL-2.0-only
/* Window markers for a tracer on the host. */
#include <linux/kernel.h>
#include <asm/cpufeature.h>
#include <asm/hypervisor.h>
#include <asm/kvm_para.h>

#include "vb.h"

/* Other hypervisors take the number for one of their own calls. */
bool vb_mark_possible(u32 how)
{
	return how == VBENCH_MARK_CPUID ||
	       (how == VBENCH_MARK_HYPERCALL && kvm_para_available());
}

void vb_mark(u32 how, u32 word)
{
	u32 a = VBENCH_MARK_LEAF, b, c = word, d;

	if (how == VBENCH_MARK_HYPERCALL)
		kvm_hypercall1(VBENCH_MARK_LEAF, word);
	else if (how == VBENCH_MARK_CPUID)
		asm volatile("cpuid"
			     : "+a"(a), "=b"(b), "+c"(c), "=d"(d)
			     :
			     : "memory");
}
