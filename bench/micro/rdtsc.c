// SPDX-License-Identifier: GPL-2.0-only
/*
 * One operation: RDTSC, unfenced, one after the other.
 *
 * Usually no exit: the hardware adds the guest's offset and applies its scale
 * (Intel SDM vol. 3C, "Changes to Instruction Behavior in VMX Non-Root
 * Operation"; AMD APM vol. 2, 15.30.5, TSC ratio).  Where the hypervisor
 * intercepts it, as for a guest that was moved to a host of another frequency
 * without TSC scaling, each reading is an exit and clock-gettime as slow.
 */
#include "../x86.h"

static void do_rdtsc(int fd, u32 runs, struct benchmark *bench,
		     const void *opts)
{
	if (!wait_for_start(fd))
		return;
	for (u32 i = 0; i < runs; i++)
		x86_rdtsc();
	send_ack(fd);
}

static const char *needs_x86(struct benchmark *bench)
{
	return x86_only();
}

struct benchmark rdtsc_benchmark _benchmark_ = {
	"rdtsc",
	"Time for one RDTSC instruction",
	do_single_bench,
	do_rdtsc,
	.should_not_run = needs_x86,
	.exercises = "time stamp counter: offset, scaled or intercepted",
};
