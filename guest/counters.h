/* SPDX-License-Identifier: GPL-2.0-only */
/* Counters of events that can disturb a sample, of this process and its machine. */
#ifndef VBENCH_COUNTERS_H
#define VBENCH_COUNTERS_H

#include "protocol.h"

struct counters {
	long preempted;
	int cpu;
	u64 run_delay_ns;
	u64 steal_ns;
	u64 interrupts;
};

/* Opens what counters_read() reads; call it in the process that is timed. */
void counters_open(void);
/*
 * Counters that the kernel does not offer read as zero.  counters_read_machine() reads
 * the whole machine's, which is slow; counters_read_self() reads this thread's, and
 * belongs right beside the clock's readings, because the wait before them has its own
 * switches and delays.
 */
void counters_read_machine(struct counters *c);
void counters_read_self(struct counters *c);
void counters_diff(const struct counters *before, const struct counters *after,
		   struct msg_counters *diff);

#endif
