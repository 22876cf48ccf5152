// SPDX-License-Identifier: GPL-2.0-only
/*
 * One operation: a machine's start, from the call of start_machine until its
 * client has connected and is ready to run benchmarks.
 *
 * What boot/to-user has, and the guest's devices: drivers, root disk, network.
 * The client collects its facts after it has connected.
 */
#include "../boot.h"

static u64 to_connected(const struct boot_marks *b, const char **why)
{
	return boot_is(b, BOOT_KERNEL, why) ? b->connected_ns - b->start_ns : 0;
}

struct benchmark to_connected_benchmark _benchmark_ = {
	.name = "to-connected",
	.title = "Time from a guest's start until it is of use",
	.server = do_boot_bench,
	.boot = to_connected,
	.exercises = "hypervisor's start, firmware, boot, devices",
	.loop = "",
};
