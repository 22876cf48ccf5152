// SPDX-License-Identifier: GPL-2.0-only
/* One operation takes longer than a sample, which would therefore have only one. */
#include "../clock.h"
#include "../x86.h"

#define SLOW_NS 3000000

static void do_slow(int fd, u32 runs, struct benchmark *bench, const void *opts)
{
	u64 end;

	if (!wait_for_start(fd))
		return;
	for (u32 i = 0; i < runs; i++) {
		x86_cpuid();
		end = clock_ns() + SLOW_NS;
		while (clock_ns() < end)
			;
	}
	send_ack(fd);
}

struct benchmark slow_benchmark _benchmark_ = {
	"slow",	 "Time for one CPUID and 3 ms", do_single_bench,
	do_slow, .expects = "cpuid 1",
};
