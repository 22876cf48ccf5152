/* SPDX-License-Identifier: GPL-2.0-only */
/* Where threads run, for benchmarks between two CPUs (.vcpus = 2). */
#ifndef VBENCH_CPUS_H
#define VBENCH_CPUS_H

#include <sys/types.h>

#include "benchmarks.h"

/*
 * The CPUs that the process could use when one of these was first called, so
 * that threads which inherited a binding find the others.
 */
u32 cpus_usable(void);
bool cpus_may_use(u32 cpu);

/*
 * Binds the calling thread to the @nth of them, counted from the last downwards:
 * the first CPU usually serves interrupts.  False if there is none.
 */
bool bind_thread(u32 nth);
/* The same, but beginning anew after the last one. */
bool bind_thread_in_turn(u32 nth);

/* Lets thread @tid (0: the calling one) run on @n CPUs: 0 or -errno. */
int cpus_bind(pid_t tid, const u32 *cpu, u32 n);

/* Why @bench has too few CPUs here, in @why; NULL: it has enough. */
const char *cpus_too_few(const struct benchmark *bench, char *why, size_t size);

#endif
