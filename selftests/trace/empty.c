// SPDX-License-Identifier: GPL-2.0-only
/* Windows with nothing in them: ten for each run, so that a busy machine has many. */
#include "../benchmarks.h"

static void do_empty(int fd, u32 runs, struct benchmark *bench,
		     const void *opts)
{
	struct trace_mark m = bench_trace(fd);

	if (!wait_for_start(fd))
		return;
	for (u32 i = 0; i < 10 * runs; i++) {
		marker_begin(m);
		marker_end(m);
	}
	send_ack(fd);
}

struct benchmark empty_benchmark _benchmark_ = {
	"empty",	  "Time for one empty window",
	do_single_bench,  do_empty,
	.max_runs = 1000, .marks_itself = true,
};
