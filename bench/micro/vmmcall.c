// SPDX-License-Identifier: GPL-2.0-only
/*
 * One operation: the instruction VMMCALL with a number that no hypervisor knows.
 *
 * The hypercall of AMD CPUs: exit, refusal, entry.  A hypervisor may answer
 * user space with an error or an exception; KVM says -EPERM (Linux,
 * arch/x86/kvm/x86.c, kvm_emulate_hypercall()) and, where the CPU is Intel's,
 * rewrites or emulates the instruction after #UD.  Then it is that which takes
 * the time.
 */
#include "../probe.h"
#include "../x86.h"

static const char *why_not(struct benchmark *bench)
{
	if (x86_only())
		return x86_only();
	return probe_insn(x86_vmmcall, "VMMCALL",
			  "no hypervisor here takes this hypercall from user "
			  "space");
}

static void do_vmmcall(int fd, u32 runs, struct benchmark *bench,
		       const void *opts)
{
	if (!wait_for_start(fd))
		return;
	for (u32 i = 0; i < runs; i++)
		x86_vmmcall();
	send_ack(fd);
}

struct benchmark vmmcall_benchmark _benchmark_ = {
	"vmmcall",
	"Time for one VMMCALL instruction",
	do_single_bench,
	do_vmmcall,
	.should_not_run = why_not,
	.exercises = "hypercall",
};
