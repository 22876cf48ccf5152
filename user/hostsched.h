/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How long the threads of a machine's process were ready to run on the host
 * but did not: /proc/PID/task/TID/schedstat, second field
 * (Documentation/scheduler/sched-stats.rst).
 */
#ifndef VBENCH_HOSTSCHED_H
#define VBENCH_HOSTSCHED_H

#include "../bench/benchmarks.h"

#define HOSTSCHED_THREADS 64

struct hostsched {
	int fd[HOSTSCHED_THREADS];
	u32 n;
};

void hostsched_init(struct hostsched *h);
/* Opens it for the threads of @pid that there are now; vCPU threads alone
 * where their names tell (QEMU's debug-threads=on). */
void hostsched_open(struct hostsched *h, pid_t pid);
void hostsched_close(struct hostsched *h);
/* Sum in ns; 0 when nothing can be read. */
u64 hostsched_delay(const struct hostsched *h);

#endif
