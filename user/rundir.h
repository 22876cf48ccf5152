/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The folder of one run: the backend's scripts run there and leave their files
 * there.  It is vbench-XXXXXX in $TMPDIR or /tmp, mode 0700.  Its file "lock"
 * holds a marker, and is locked by flock(2) while the run lives: a later run
 * removes a folder only if the marker is in it and the lock is free.
 */
#ifndef VBENCH_RUNDIR_H
#define VBENCH_RUNDIR_H

#include <limits.h>
#include <stddef.h>

struct rundir {
	char path[PATH_MAX];
	int fd; /* the folder */
	int lock; /* shared with the session's process */
};

/* 0 or -errno, said. */
int rundir_make(struct rundir *r);

/* Removes it with all that is in it. */
void rundir_remove(struct rundir *r);

/*
 * Finds the folders of runs that were killed.  For each, @undo (may be NULL) is
 * called with its path, to stop what still runs; then the folder is removed.
 * Folders without a run's marker are left alone.
 */
void rundir_sweep(void (*undo)(const char *path));

#endif
