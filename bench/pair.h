/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Connections between the two machines of a pair.  The one whose start is 1
 * listens and says so (send_ack()), which starts the other's set-up.  Nothing
 * waits longer than 5 s.
 */
#ifndef VBENCH_PAIR_H
#define VBENCH_PAIR_H

#include <netinet/in.h>

#include "benchmarks.h"

/* A connected TCP socket with TCP_NODELAY, or bench_fail(). */
int pair_tcp(int fd, const struct pair_opt *opt);

/*
 * A connected UDP socket to the other machine, or bench_fail().  Both ends
 * exist when it returns.
 */
int pair_udp(int fd, const struct pair_opt *opt);

/* For who accepts and connects by itself.  The socket or -errno. */
int pair_listen(const struct pair_opt *opt);
struct sockaddr_in pair_address(u32 ip, u16 port);

/* All of it, or bench_fail(). */
void send_all(int fd, int sock, const void *data, size_t len);
void recv_all(int fd, int sock, void *data, size_t len);

#endif
