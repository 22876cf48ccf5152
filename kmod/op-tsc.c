// SPDX-License-Identifier: GPL-2.0-only
/*
 * One operation: RDTSC, RDTSCP or RDPMC, without fences, so that the CPU may
 * overlap them with the next.
 *
 * Hypervisors hardly ever intercept the first two, but may: to slow a guest's
 * time down where the CPU cannot scale it (Linux, arch/x86/kvm/x86.c,
 * set_tsc_khz()).  RDPMC is intercepted where the guest's counters are not the
 * CPU's own.
 */
#include "guard.h"

static void run_rdtsc(struct vb_run *r, u64 n)
{
	VB_LOOP(n, asm volatile("rdtsc" : : : "rax", "rdx"));
}

const struct vb_op vb_op_rdtsc = { .run = run_rdtsc };

static void probe_rdtscp(struct vb_run *r)
{
	vb_try(r, "RDTSCP");
}

static void run_rdtscp(struct vb_run *r, u64 n)
{
	VB_LOOP(n, asm goto(VB_GUARD("rdtscp")
			    :
			    :
			    : "rax", "rcx", "rdx"
			    : fault));
	return;
fault:
	vb_faulted(r);
}

const struct vb_op vb_op_rdtscp = { .probe = probe_rdtscp, .run = run_rdtscp };

/* The first programmable counter, whether it counts or not. */
static void probe_rdpmc(struct vb_run *r)
{
	vb_try(r, "RDPMC of counter 0");
}

static void run_rdpmc(struct vb_run *r, u64 n)
{
	VB_LOOP(n, asm goto(VB_GUARD("rdpmc")
			    :
			    : "c"(0)
			    : "rax", "rdx"
			    : fault));
	return;
fault:
	vb_faulted(r);
}

const struct vb_op vb_op_rdpmc = { .probe = probe_rdpmc, .run = run_rdpmc };
