/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The folder of one run, in which the backend's scripts run and leave their
 * files.  It is vbench-XXXXXX in $TMPDIR or /tmp, mode 0700.  Its file "lock"
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

/* Removes the folder and its content. */
void rundir_remove(struct rundir *r);

/*
 * Removes the folders of killed runs.  Before, it calls @undo (may be NULL) with the
 * folder's path, to stop machines that still run.  Folders without a run's marker
 * stay.
 */
void rundir_sweep(void (*undo)(const char *path));

#endif
