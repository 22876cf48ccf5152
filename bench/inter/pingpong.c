// SPDX-License-Identifier: GPL-2.0-only
/*
 * One operation: a byte over TCP to the other machine and back.
 *
 * The latency of the whole way, twice: doorbell exit, host switch, interrupt
 * injection, and the wake-up of a guest that is halted because it waits.
 * TCP_NODELAY is set, so that no byte waits for an acknowledgement.
 */
#include <unistd.h>

#include "../pair.h"

static void ping(int fd, int sock)
{
	u8 byte = 0;

	send_all(fd, sock, &byte, 1);
	recv_all(fd, sock, &byte, 1);
}

static void pong(int fd, int sock)
{
	u8 byte;

	recv_all(fd, sock, &byte, 1);
	send_all(fd, sock, &byte, 1);
}

static void do_pingpong(int fd, u32 runs, struct benchmark *bench,
			const void *opts)
{
	const struct pair_opt *opt = opts;
	void (*play)(int fd, int sock) = opt->start ? ping : pong;
	int sock = pair_tcp(fd, opt);

	play(fd, sock);
	if (wait_for_start(fd)) {
		for (u32 i = 0; i < runs; i++)
			play(fd, sock);
		send_ack(fd);
	}
	close(sock);
}

struct benchmark pingpong_benchmark _benchmark_ = {
	"pingpong",
	"Time for one TCP round trip of a byte between machines",
	do_pair_bench,
	do_pingpong,
	.exercises = "network latency: doorbell, interrupt, wake-up",
};
