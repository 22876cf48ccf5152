// SPDX-License-Identifier: GPL-2.0-only
/*
 * One operation: clock_gettime(CLOCK_MONOTONIC).
 *
 * The guest's clock source.  With tsc, kvm-clock or the Hyper-V page it is
 * read in the vDSO, without a system call (vdso(7)); with hpet or acpi_pm it is
 * a system call and in it the access to an emulated device, an exit for each
 * reading (the kernel's virt/kvm/x86/timekeeping.rst).
 */
#include <time.h>

#include "../benchmarks.h"

static void do_clock_gettime(int fd, u32 runs, struct benchmark *bench,
			     const void *opts)
{
	struct timespec ts;

	if (!wait_for_start(fd))
		return;
	for (u32 i = 0; i < runs; i++)
		clock_gettime(CLOCK_MONOTONIC, &ts);
	send_ack(fd);
}

struct benchmark clock_gettime_benchmark _benchmark_ = {
	"clock-gettime",
	"Time to read the clock",
	do_single_bench,
	do_clock_gettime,
	.exercises = "clock source: vDSO, or an exit for each reading",
};
