/* SPDX-License-Identifier: GPL-2.0-only */
/* The session's network: IPv4 addresses are in host byte order. */
#ifndef VBENCH_NET_H
#define VBENCH_NET_H

#include "../bench/benchmarks.h"

#define NET_BRIDGE "vbr0"
#define NET_SERVER 0xc0a813feu /* 192.168.19.254, virtbench's network */

/*
 * In a private namespace: loopback up, and the bridge with NET_SERVER on it.
 * 0; -EOPNOTSUPP without a bridge in the kernel, loopback being up; -errno.
 */
int net_private(void);

/* The IPv4 address of an interface of the caller's: 0 or -errno. */
int net_address(const char *ifname, u32 *addr);

/* A listening socket on @addr and a free port, put into @port; or -errno. */
int net_listen(u32 addr, u16 *port);

/* "192.168.19.254", into @buf of at least 16 bytes. */
const char *net_text(u32 addr, char *buf);

#endif
