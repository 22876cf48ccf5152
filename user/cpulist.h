/* SPDX-License-Identifier: GPL-2.0-only */
/* --cpus: the CPUs of this host that each machine runs on. */
#ifndef VBENCH_CPULIST_H
#define VBENCH_CPULIST_H

#include <stddef.h>

#include "../bench/benchmarks.h"

struct cpulist {
	u32 *cpu;
	u32 n;
};

/* One list for each machine; further machines start again with the first. */
struct cpulists {
	struct cpulist *list;
	u32 n; /* 0: machines run anywhere */
};

/*
 * Reads lists with a colon between, "0-1:2-3", the first for machine 0.  A single
 * list without a colon gives one CPU to each of several machines, in its order,
 * and all of them to a single machine.  0, -ENOMEM, or -EINVAL with a message in
 * @why that names the CPU which this process may not use or shows the right form.
 * cpulists_free() in any case.
 */
int cpulists_parse(struct cpulists *l, const char *text, u32 machines,
		   char *why, size_t size);
void cpulists_free(struct cpulists *l);

/* NULL: anywhere. */
const struct cpulist *cpulists_of(const struct cpulists *l, u32 machine);

/* "CPU 1" or "CPUs 0,2-3", in the order of the list. */
const char *cpulist_text(const u32 *cpu, u32 n, char *buf, size_t size);

#endif
