/* SPDX-License-Identifier: GPL-2.0-only */
/* Where threads run, for benchmarks between two CPUs (.vcpus = 2). */
#ifndef VBENCH_CPUS_H
#define VBENCH_CPUS_H

#include "benchmarks.h"

/*
 * Binds the calling thread to the @nth CPU of those that the process had when
 * this was first called, so that threads which inherited a binding find the
 * others.  From the last downwards: the first CPU usually serves interrupts.
 * False if there is none.
 */
bool bind_thread(u32 nth);
/* The same, but beginning anew after the last one. */
bool bind_thread_in_turn(u32 nth);

#endif
