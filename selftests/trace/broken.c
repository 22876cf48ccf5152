// SPDX-License-Identifier: GPL-2.0-only
/* Markers as they must not be, around one CPUID each. */
#include <sys/reboot.h>

#include "../x86.h"

enum { NO_END, NO_BEGIN, TWICE, WRONG_NONCE, WRONG_WINDOW, DIES };

static void mark(struct trace_mark m, u64 how)
{
	struct trace_mark wrong = m;

	wrong.nonce ^= how == WRONG_NONCE;
	wrong.window ^= how == WRONG_WINDOW ? 0x2000 : 0;
	if (how != NO_BEGIN)
		marker_begin(wrong);
	if (how == TWICE)
		marker_begin(m);
	x86_cpuid();
	if (how == DIES)
		reboot(RB_AUTOBOOT);
	if (how != NO_END)
		marker_end(wrong);
}

static void do_broken(int fd, u32 runs, struct benchmark *bench,
		      const void *opts)
{
	struct trace_mark m = bench_trace(fd);

	if (!wait_for_start(fd))
		return;
	/* The samples that give the times are in order. */
	if (m.window && runs)
		mark(m, bench->max_runs - 10);
	send_ack(fd);
}

#define BROKEN(id, n, how)                                                     \
	static struct benchmark id##_benchmark _benchmark_ = {                 \
		n,	   "Time for one broken marker", do_single_bench,      \
		do_broken, .max_runs = 10 + (how),	 .marks_itself = true, \
	}

BROKEN(no_end, "no-end", NO_END);
BROKEN(no_begin, "no-begin", NO_BEGIN);
BROKEN(twice, "twice", TWICE);
BROKEN(wrong_nonce, "wrong-nonce", WRONG_NONCE);
BROKEN(wrong_window, "wrong-window", WRONG_WINDOW);
BROKEN(dies, "dies", DIES);
