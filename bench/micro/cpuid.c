// SPDX-License-Identifier: GPL-2.0-only
/*
 * One operation: CPUID with leaf 0.
 *
 * The plain exit: nothing but the way out of the guest, the dispatch, a table
 * look-up and the way in.  It exits always on Intel (SDM vol. 3C,
 * "Instructions That Cause VM Exits Unconditionally") and on AMD when
 * intercepted (APM vol. 2, 15.9), as it is by KVM and Xen.  In a machine
 * that is no guest it is the bare instruction.
 */
#include "../x86.h"

static void do_cpuid(int fd, u32 runs, struct benchmark *bench,
		     const void *opts)
{
	if (!wait_for_start(fd))
		return;
	for (u32 i = 0; i < runs; i++)
		x86_cpuid();
	send_ack(fd);
}

static const char *needs_x86(struct benchmark *bench)
{
	return x86_only();
}

struct benchmark cpuid_benchmark _benchmark_ = {
	"cpuid",
	"Time for one CPUID instruction",
	do_single_bench,
	do_cpuid,
	.should_not_run = needs_x86,
	.exercises = "exit that the kernel part of the hypervisor handles",
	.expects = "cpuid 1",
};
