// SPDX-License-Identifier: GPL-2.0-only
/* At the same time, in two guests: one CPUID, three VMMCALL. */
#include "../x86.h"

static void do_two(int fd, u32 runs, struct benchmark *bench, const void *opts)
{
	const struct pair_opt *opt = opts;

	if (!wait_for_start(fd))
		return;
	for (u32 i = 0; i < runs; i++) {
		if (opt->start) {
			x86_cpuid();
			continue;
		}
		x86_vmmcall();
		x86_vmmcall();
		x86_vmmcall();
	}
	send_ack(fd);
}

struct benchmark two_guests_benchmark _benchmark_ = {
	"two-guests",
	"Time for one CPUID and three VMMCALL",
	do_pair_bench,
	do_two,
};
