// SPDX-License-Identifier: GPL-2.0-only
/*
 * One operation: an ioctl(2) of the module that does nothing, from user space.
 *
 * The price of asking the module for anything; no exit where the hypervisor
 * leaves system calls alone.
 */
#include <sys/ioctl.h>

#include "../kmod.h"

static const char *why_not(struct benchmark *bench)
{
	static char why[256];

	return kmod_open(why, sizeof(why)) ? NULL : why;
}

static void do_ioctl(int fd, u32 runs, struct benchmark *bench,
		     const void *opts)
{
	struct vbench_info info = { .size = sizeof(info) };
	char why[256];
	struct kmod *k = kmod_open(why, sizeof(why));

	if (!k)
		bench_skip(fd, "%s", why);
	if (!wait_for_start(fd))
		return;
	for (u32 i = 0; i < runs; i++)
		ioctl(k->fd, VBENCH_INFO, &info);
	send_ack(fd);
}

struct benchmark floor_ioctl_benchmark _benchmark_ = {
	"floor-ioctl",
	"Time for one ioctl of the kernel module",
	do_single_bench,
	do_ioctl,
	.should_not_run = why_not,
	.exercises = "system call",
	.expects = "none",
};
