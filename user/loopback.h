/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What machines that are processes of this host have for addresses and ports.
 * Runs that share a network (--ifname) each get their own.
 */
#ifndef VBENCH_LOOPBACK_H
#define VBENCH_LOOPBACK_H

#include "../bench/benchmarks.h"

struct loopback {
	int fd; /* holds the reservation, also when this process is killed */
	u32 net; /* machine N is at 127.0.NET.(N + 1) */
	u16 port_first, port_last; /* for pairs of machines */
};

/*
 * @alone: no other run is in this network.  0 or -errno: -EADDRINUSE when other
 * runs have all.
 */
int loopback_reserve(struct loopback *l, bool alone);

#endif
