/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef VBENCH_CPULIST_H
#define VBENCH_CPULIST_H

#include <sched.h>
#include <stddef.h>

/*
 * Reads a list such as "0,2-3" into @cpus, in its order.  Returns how many, or
 * -EINVAL with a message that names the CPU that this process may not use or
 * the part that is no list.
 */
int cpulist_parse(const char *text, int *cpus, int max, char *why, size_t size);

#endif
