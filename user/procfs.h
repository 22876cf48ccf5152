/* SPDX-License-Identifier: GPL-2.0-only */
/* Reads from /proc about processes whose pids are known. */
#ifndef VBENCH_PROCFS_H
#define VBENCH_PROCFS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * Whether /proc is that of this process's pid namespace.  Where it could not be
 * mounted anew, the pids there are those of others, and so are the processes.
 */
bool procfs_is_ours(void);

/* Of the text of /proc/self/status. */
bool procfs_status_is_ours(const char *status);

struct procfs_thread {
	pid_t tid;
	int vcpu; /* its number; -1: the thread is another */
};

/*
 * The threads of @pid, in a list to be freed: how many, 0 where /proc does not
 * show them.  vCPUs are known by their names, which QEMU gives them with
 * debug-threads=on.
 */
size_t procfs_threads(pid_t pid, struct procfs_thread **list);

/*
 * The children of @pid, in a list to be freed: how many.  To be called where
 * procfs_is_ours().
 */
size_t procfs_children(pid_t pid, pid_t **list);

/* The vCPU's number in a thread's name; -1. */
int procfs_vcpu_of(const char *name);

#endif
