/* SPDX-License-Identifier: GPL-2.0-only */
/* A second process in the same machine, joined to this one by two pipes. */
#ifndef VBENCH_PEER_H
#define VBENCH_PEER_H

#include "benchmarks.h"

struct peer {
	pid_t pid;
	int to;
	int from;
};

/*
 * Forks; the child calls @body with its ends of the pipes and then exits.  The
 * pipes are closed on exec.  bench_fail() if there is no process to be had.
 */
void peer_start(int fd, struct peer *p, void (*body)(int from, int to, u32 arg),
		u32 arg);

/* Closes the pipes, which is the sign for the child to end, and waits. */
void peer_end(struct peer *p);

#endif
