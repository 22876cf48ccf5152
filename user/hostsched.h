/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How long the threads of a machine's process were ready to run on the host
 * but did not: /proc/PID/task/TID/schedstat, second field
 * (Documentation/scheduler/sched-stats.rst).
 */
#ifndef VBENCH_HOSTSCHED_H
#define VBENCH_HOSTSCHED_H

#include "../bench/benchmarks.h"
#include "procfs.h"

struct hostsched {
	int *fd;
	size_t n;
};

void hostsched_init(struct hostsched *h);
/* Opens it for those of @threads that are vCPUs, or for all where none is. */
void hostsched_open(struct hostsched *h, const struct procfs_thread *threads,
		    size_t n);
void hostsched_close(struct hostsched *h);
/* Adds their sum in ns; false when it cannot be read. */
bool hostsched_delay(const struct hostsched *h, u64 *sum);

#endif
