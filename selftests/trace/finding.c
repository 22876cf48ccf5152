// SPDX-License-Identifier: GPL-2.0-only
/* Two exits where one is declared. */
#include "../x86.h"

static void do_finding(int fd, u32 runs, struct benchmark *bench,
		       const void *opts)
{
	if (!wait_for_start(fd))
		return;
	for (u32 i = 0; i < runs; i++) {
		x86_cpuid();
		x86_cpuid();
	}
	send_ack(fd);
}

struct benchmark finding_benchmark _benchmark_ = {
	"finding",  "Time for one pair of CPUIDs", do_single_bench,
	do_finding, .expects = "cpuid 1",
};
