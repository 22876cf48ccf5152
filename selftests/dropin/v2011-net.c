// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pairs as virtbench's benchmarks were written in 2011: they use a port of their
 * own, connect once, ack their set-up, and a sender is stopped by its peer.
 */
#include <err.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "../benchmarks.h"

static const char title[] = "Time to send " __stringify(NET_BANDWIDTH_SIZE);
#define MB * 1024 * 1024

#define PORT 6100
#define FLOOD_BYTES 1000

/* A second machine that does not wait is too early. */
static void set_up(const struct benchmark *bench)
{
	static bool was_slow;

	usleep(streq(bench->name, "late") && !was_slow ? 900000 : 20000);
	was_slow = true;
}

static int accept_peer(int fd, int listener, struct sockaddr_in *here)
{
	int one = 1, sock;

	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(listener, (struct sockaddr *)here, sizeof(*here)) ||
	    listen(listener, 0))
		err(1, "listening");
	send_ack(fd);
	sock = accept(listener, NULL, 0);
	if (sock < 0)
		err(1, "accepting");
	close(listener);
	return sock;
}

static int peer(int fd, const struct benchmark *bench,
		const struct pair_opt *opt)
{
	int sock = socket(PF_INET, SOCK_STREAM, 0);
	struct sockaddr_in saddr;

	memset(&saddr, 0, sizeof(saddr));
	saddr.sin_family = AF_INET;
	saddr.sin_port = htons(PORT);
	saddr.sin_addr.s_addr = htonl(opt->start ? opt->yourip : opt->otherip);
	if (opt->start) {
		set_up(bench);
		return accept_peer(fd, sock, &saddr);
	}
	if (connect(sock, (struct sockaddr *)&saddr, sizeof(saddr)))
		err(1, "connecting once");
	send_ack(fd);
	return sock;
}

static void receive(int sock, char *mem, u64 left)
{
	ssize_t n;

	for (; left; left -= n) {
		n = read(sock, mem,
			 left < NET_WARMUP_BYTES ? left : NET_WARMUP_BYTES);
		if (n <= 0)
			err(1, "reading");
	}
	if (write(sock, "1", 1) != 1)
		err(1, "stopping the sender");
	/* The sender returns before the server can stop it. */
	usleep(2000);
}

/* Until a byte of the receiver's arrives. */
static void flood(int sock, const char *mem)
{
	char c;

	fcntl(sock, F_SETFL, O_NONBLOCK);
	while (read(sock, &c, 1) != 1)
		if (send(sock, mem, FLOOD_BYTES, MSG_NOSIGNAL) < 0)
			usleep(10);
}

static void do_flood(int fd, u32 runs, struct benchmark *bench,
		     const void *opts)
{
	const struct pair_opt *opt = opts;
	char *mem = calloc(1, NET_BANDWIDTH_SIZE);
	int sock = peer(fd, bench, opt);

	if (wait_for_start(fd)) {
		if (opt->start) {
			receive(sock, mem, (u64)runs * FLOOD_BYTES);
			send_ack(fd);
		} else {
			flood(sock, mem);
		}
	}
	close(sock);
	free(mem);
}

struct benchmark flood_benchmark _benchmark_
= { "flood", title, do_pair_bench_onestop, do_flood };

static void do_pong(int fd, u32 runs, struct benchmark *bench, const void *opts)
{
	const struct pair_opt *opt = opts;
	int sock = peer(fd, bench, opt);

	if (wait_for_start(fd)) {
		u32 i;
		char c = 1;

		for (i = 0; i < runs; i++) {
			if (opt->start && write(sock, &c, 1) != 1)
				err(1, "writing");
			if (read(sock, &c, 1) != 1)
				err(1, "reading");
			if (!opt->start && write(sock, &c, 1) != 1)
				err(1, "writing");
		}
		send_ack(fd);
	}
	close(sock);
}

struct benchmark pong_benchmark _benchmark_
= { "pong", "Time for one pong", do_pair_bench, do_pong };

/* On a busy machine, a set-up may take as long as this one's first. */
struct benchmark late_benchmark _benchmark_
= { "late", "Time for one late pong", do_pair_bench, do_pong };

/* No machine acks: that is a fault. */
static void do_mute(int fd, u32 runs, struct benchmark *bench, const void *opts)
{
	wait_for_start(fd);
}

struct benchmark mute_benchmark _benchmark_
= { "mute", "Time for nothing", do_pair_bench_onestop, do_mute };
