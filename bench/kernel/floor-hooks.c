// SPDX-License-Identifier: GPL-2.0-only
/*
 * One operation: VBENCH_BEGIN and VBENCH_END around nothing.
 *
 * What is taken off code in user space that is measured with these hooks: their
 * two readings of the TSC, and half a system call each.  The figure is the
 * hooks' own "elapsed", not the time that both calls take, for that is
 * kernel/floor-ioctl twice.
 */
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>

#include "../kmod.h"

static const char *why_not(struct benchmark *bench)
{
	static char why[256];

	return kmod_open(why, sizeof(why)) ? NULL : why;
}

static void do_hooks(int fd, u32 runs, struct benchmark *bench,
		     const void *opts)
{
	struct vbench_hook hook = { .size = sizeof(hook) };
	char why[256];
	struct kmod *k = kmod_open(why, sizeof(why));
	u64 ticks = 0;

	if (!k)
		bench_skip(fd, "%s", why);
	if (!wait_for_start(fd))
		return;
	for (u32 i = 0; i < runs; i++) {
		if (ioctl(k->fd, VBENCH_BEGIN, &hook) ||
		    ioctl(k->fd, VBENCH_END, &hook))
			bench_fail(fd, "a hook: %s", strerror(errno));
		ticks += hook.elapsed;
	}
	send_ack_timed(fd, kmod_ns(k, ticks), ticks);
}

struct benchmark floor_hooks_benchmark _benchmark_ = {
	"floor-hooks",
	"Time between the module's begin and end hooks, with nothing there",
	do_single_bench,
	do_hooks,
	.should_not_run = why_not,
	.exercises = "system call",
	.expects = "none",
	.loop = "",
};
