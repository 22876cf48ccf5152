// SPDX-License-Identifier: GPL-2.0-only
/*
 * One operation: a machine's start, from the call of start_machine to the first
 * instruction of its first program.
 *
 * The firmware, the kernel's decompression and its boot, with all that they exit
 * for; and the hypervisor's own start.  The guest says how long before it
 * connected the program began, so that no mark has to leave the guest that early.
 */
#include "../boot.h"

static u64 to_user(const struct boot_marks *b, const char **why)
{
	u64 took = b->connected_ns - b->start_ns;
	u64 since = b->guest_ns - b->init_ns;

	if (!boot_is(b, BOOT_KERNEL, why))
		return 0;
	if (b->guest_ns >= b->init_ns && since < took)
		return took - since;
	*why = "the guest's clock says that its first program began before "
	       "the guest was started";
	return 0;
}

struct benchmark to_user_benchmark _benchmark_ = {
	.name = "to-user",
	.title = "Time from a guest's start to its first program",
	.server = do_boot_bench,
	.boot = to_user,
	.exercises = "hypervisor's start, firmware, boot",
	.loop = "",
};
