/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Addresses and ports of machines that are processes of this host.
 * Runs that share a network (--ifname) each get their own: a network of 127.0.0.0/8
 * at random, and a range of ports.  A run holds both by sockets that are bound to one
 * of these addresses and ports, so other users' runs see it, and the kernel gives
 * both back however the run ends.  If another user holds all of them, the random choice
 * is used unreserved, so nobody can keep others from running.
 */
#ifndef VBENCH_LOOPBACK_H
#define VBENCH_LOOPBACK_H

#include "../bench/benchmarks.h"

struct loopback {
	int net_fd, ports_fd; /* below 0: not reserved */
	u32 net; /* the first three bytes: machine N is at NET.(N + 1) */
	u16 port_first, port_last; /* for pairs of machines */
};

/* Holds nothing yet. */
void loopback_init(struct loopback *l);

/* @alone: no other run is in this network. */
void loopback_reserve(struct loopback *l, bool alone);

void loopback_release(struct loopback *l);

#endif
