// SPDX-License-Identifier: GPL-2.0-only
/*
 * One operation: a TCP connection to the other machine is made, accepted and
 * closed by it, and the connecting side has seen that.
 *
 * Three packets one after the other (SYN, SYN-ACK, then ACK and at once the
 * reset), none larger than a header: interrupt and wake-up latency, and the
 * kernels' work on sockets, with nothing that batching could help.
 *
 * The accepting side closes with a reset (SO_LINGER of 0, socket(7)).  An
 * orderly close would leave each connection in TIME-WAIT for 60 s, and the
 * 28,232 ephemeral ports (ip_local_port_range, ip(7)) would be used up after
 * a second or two.
 */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../pair.h"

static void accept_one(int fd, int listener)
{
	static const struct linger reset = { .l_onoff = 1 };
	int sock = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

	if (sock < 0)
		bench_fail(fd, "accept: %s",
			   strerror(errno == EAGAIN ? ETIMEDOUT : errno));
	setsockopt(sock, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	close(sock);
}

static void connect_one(int fd, const struct sockaddr_in *there)
{
	int sock = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	u8 byte;

	if (sock < 0)
		bench_fail(fd, "socket: %s", strerror(errno));
	/* The reset may overtake the return of connect(2), which then has it. */
	if (!connect(sock, (const struct sockaddr *)there, sizeof(*there)) &&
	    recv(sock, &byte, 1, 0) >= 0)
		bench_fail(fd, "the other machine closed the connection early");
	if (errno != ECONNRESET)
		bench_fail(fd, "connect: %s", strerror(errno));
	close(sock);
}

static void do_tcp_connect(int fd, u32 runs, struct benchmark *bench,
			   const void *opts)
{
	const struct pair_opt *opt = opts;
	struct sockaddr_in there = pair_address(opt->otherip, opt->port);
	int listener = opt->start ? pair_listen(opt) : -1;

	if (opt->start && listener < 0)
		bench_fail(fd, "cannot listen on port %u: %s", opt->port,
			   strerror(-listener));
	if (wait_for_start(fd)) {
		for (u32 i = 0; i < runs; i++) {
			if (opt->start)
				accept_one(fd, listener);
			else
				connect_one(fd, &there);
		}
		send_ack(fd);
	}
	if (opt->start)
		close(listener);
}

struct benchmark tcp_connect_benchmark _benchmark_ = {
	"tcp-connect",
	"Time for one TCP connection between machines",
	do_pair_bench,
	do_tcp_connect,
	.exercises = "network latency of small packets, socket set-up",
};
