// SPDX-License-Identifier: GPL-2.0-only
/*
 * One operation: WBINVD, which writes back and empties all caches of the CPU,
 * others' share of them too.
 *
 * A hypervisor ignores it, or lets it happen, or makes other CPUs do it as well
 * where a device bypasses the caches (Linux, arch/x86/kvm/x86.c,
 * kvm_emulate_wbinvd()).  Milliseconds in which the whole host stumbles: it runs
 * only where it is asked for.
 */
#include "guard.h"

static void probe_wbinvd(struct vb_run *r)
{
	vb_unprivileged(r);
}

static void run_wbinvd(struct vb_run *r, u64 n)
{
	VB_LOOP(n, asm goto(VB_GUARD("wbinvd") : : : "rax", "memory" : fault));
	return;
fault:
	vb_faulted(r);
}

const struct vb_op vb_op_wbinvd = { .probe = probe_wbinvd, .run = run_wbinvd };
