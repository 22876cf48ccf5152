/* SPDX-License-Identifier: GPL-2.0-only */
/* The limits of memory that a container or a systemd unit sets. */
#ifndef VBENCH_CGROUP_H
#define VBENCH_CGROUP_H

#include "benchmarks.h"

/*
 * How many bytes the control groups of this process still allow it, the least of
 * all that it is in; UINT64_MAX where none sets a limit.  @list is its
 * /proc/self/cgroup, @mount /sys/fs/cgroup.
 */
u64 cgroup_memory_left(const char *list, const char *mount);

#endif
