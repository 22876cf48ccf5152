// SPDX-License-Identifier: GPL-2.0-only
/*
 * One operation: a machine's start from the saved state of a template, from the
 * call of start_machine until its client has connected.
 *
 * Loading memory and devices, then what each copy does for itself: its address,
 * its disk, its connection.  The client collects its facts after it has connected.
 */
#include "../boot.h"

static u64 restore(const struct boot_marks *b, const char **why)
{
	return boot_is(b, BOOT_COPY, why) ? b->connected_ns - b->start_ns : 0;
}

struct benchmark restore_benchmark _benchmark_ = {
	.name = "restore",
	.title = "Time from a restored guest's start until it is of use",
	.server = do_boot_bench,
	.boot = restore,
	.exercises = "hypervisor's start, restore of saved state, devices",
	.loop = "",
};
