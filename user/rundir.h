/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The folder of one run: where the backend's scripts run and leave what they
 * must.  vbench-XXXXXX in $TMPDIR or /tmp, mode 0700; locked by flock(2) while
 * the run lives, so that a later one can tell what a killed run has left.
 */
#ifndef VBENCH_RUNDIR_H
#define VBENCH_RUNDIR_H

#include <limits.h>
#include <stddef.h>

struct rundir {
	char path[PATH_MAX];
	int lock; /* shared with the session's process */
};

/* 0 or -errno, said. */
int rundir_make(struct rundir *r);

/* Removes it with all that is in it. */
void rundir_remove(struct rundir *r);

/*
 * Finds folders of runs that were killed.  For each, @undo (may be NULL) is
 * called with its path, to stop what still runs; then it is removed.
 */
void rundir_sweep(void (*undo)(const char *path));

#endif
