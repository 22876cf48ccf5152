/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef VBENCH_LAUNCH_H
#define VBENCH_LAUNCH_H

#include "session.h"

/*
 * What every command with machines does around its session: finds the backend,
 * cleans up after killed runs, makes the run's folder and its namespaces, opens
 * the session there, calls @job and closes the session.  Returns the exit
 * status: @job's, or why it was never called, EXIT_NOT_HERE included.
 */
int launch(const struct options *opt, u32 machines, bool want_host,
	   int (*job)(struct session *s, void *arg), void *arg);

#endif
