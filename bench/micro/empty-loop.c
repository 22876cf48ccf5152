// SPDX-License-Identifier: GPL-2.0-only
/*
 * One operation: one turn of the loop that every other benchmark has around
 * its operation, with nothing in it but a barrier against the compiler, which
 * would remove it.
 *
 * Exercises no hypervisor mechanism: it is what the server takes off the other
 * figures.  One that is not about a CPU cycle or two shows emulated or heavily
 * disturbed vCPUs.
 */
#include "../benchmarks.h"

static void do_empty_loop(int fd, u32 runs, struct benchmark *bench,
			  const void *opts)
{
	if (!wait_for_start(fd))
		return;
	for (u32 i = 0; i < runs; i++)
		__asm__ __volatile__("" ::: "memory");
	send_ack(fd);
}

struct benchmark empty_loop_benchmark _benchmark_ = {
	"empty-loop",
	"Time for one turn of the empty loop",
	do_single_bench,
	do_empty_loop,
	.exercises = "none: taken off the others",
};
