// SPDX-License-Identifier: GPL-2.0-only
/*
 * One operation: getppid(2) through libc, which does not cache it.
 *
 * A system call stays in the guest on every hypervisor with hardware support;
 * one that exits, or costs more than on the host, shows a hypervisor that
 * intercepts or emulates the switch to kernel mode (paravirtual page tables,
 * shadow GDT) or mitigations that differ between host and guest.
 */
#include <unistd.h>

#include "../benchmarks.h"

static void do_libc_syscall(int fd, u32 runs, struct benchmark *bench,
			    const void *opts)
{
	if (!wait_for_start(fd))
		return;
	for (u32 i = 0; i < runs; i++)
		getppid();
	send_ack(fd);
}

struct benchmark libc_syscall_benchmark _benchmark_ = {
	"libc-syscall",
	"Time for one system call through libc",
	do_single_bench,
	do_libc_syscall,
	.exercises = "user to kernel switch",
};
