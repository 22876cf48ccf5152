/* SPDX-License-Identifier: GPL-2.0-only */
/* What the TCP bandwidth benchmarks have in common. */
#ifndef VBENCH_STREAM_H
#define VBENCH_STREAM_H

#include "benchmarks.h"

/* Of one operation. */
#define STREAM_BYTES (4u << 20)

/*
 * A whole client function: the first of the pair calls @send_one for each
 * operation, which sends STREAM_BYTES to @sock, and the second receives.  Both
 * have the same time, because the second says when all has arrived.
 */
void stream_bench(int fd, u32 runs, const struct pair_opt *opt,
		  void (*send_one)(int fd, int sock));

/* A @send_one that sends from memory. */
void stream_send(int fd, int sock);

#endif
