/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whether a guest's clock runs as fast as the server's: pure, no I/O.
 *
 * Each sample gives a reading of both clocks at nearly the same moment: the
 * guest's at its ack, the server's when the ack arrived.  Their difference is
 * constant but for the control channel's jitter, unless the guest's clock is
 * too fast or too slow.
 */
#ifndef VBENCH_CLOCKCHECK_H
#define VBENCH_CLOCKCHECK_H

#include "../bench/benchmarks.h"

/* A smaller difference also occurs with an honest clock. */
#define CLOCK_TOLERANCE 0.01

struct clock_pair {
	u64 guest_ns;
	u64 host_ns;
};

struct clockcheck {
	bool lies;
	double rate; /* of the guest's clock; 1.0: as the server's */
};

/* @p in the order of time, at least 6 or nothing is said. */
struct clockcheck clockcheck(const struct clock_pair *p, size_t n);

#endif
