/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The clock of deadlines and budgets.  It stands still in every process of a run
 * while the run is stopped (Ctrl-Z, SIGSTOP): they share its state.
 */
#ifndef VBENCH_ACTIVE_H
#define VBENCH_ACTIVE_H

#include "../bench/benchmarks.h"

/* To be called before the processes that share the clock are made. */
void active_share(void);

/* clock_ns(), without the time for which the run was stopped. */
u64 active_ns(void);

/* Counts both the stops and the continuations: another number than before means
 * that there was a stop in between. */
u32 active_changes(void);

/* False when the run is stopped already. */
bool active_stop(void);
bool active_is_stopped(void);
/* To be called when every process of the run goes on. */
void active_go_on(void);

#endif
