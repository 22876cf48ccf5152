// SPDX-License-Identifier: GPL-2.0-only
/*
 * One operation: a UDP packet of 4 bytes to the other machine and back.
 *
 * As pingpong, but without TCP's work in the two kernels: nearer to what the
 * virtual network itself takes.  A packet that is lost is sent again after
 * 200 ms; it shows as an outlier, not as a failure.
 */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "../pair.h"

#define RESEND_US (200 * 1000)
#define TRIES 25

static void round_trip(int fd, int sock, u32 seq)
{
	u32 back = ~seq;
	int tries = 0;

	do {
		if (tries++ == TRIES)
			bench_fail(fd, "the other machine does not answer");
		if (send(sock, &seq, sizeof(seq), 0) < 0)
			bench_fail(fd, "cannot send to the other machine: %s",
				   strerror(errno));
		/* A late answer to what was sent twice is no answer. */
		while (recv(sock, &back, sizeof(back), 0) >= 0 && back != seq)
			;
		if (back != seq && errno != EAGAIN && errno != EINTR)
			bench_fail(fd, "no answer from the other machine: %s",
				   strerror(errno));
	} while (back != seq);
}

/*
 * The end is an empty packet, because looking at the control channel each
 * time would be part of the figure; should it get lost, there is the timeout.
 */
static void echo(int fd, int sock)
{
	u32 seq;
	ssize_t n;

	for (;;) {
		n = recv(sock, &seq, sizeof(seq), 0);
		if (n == sizeof(seq) && send(sock, &seq, n, 0) == n)
			continue;
		if (n >= 0 || (errno != EAGAIN && errno != EINTR) ||
		    stop_requested(fd))
			break;
	}
	wait_for_stop(fd);
}

static void do_udp_rtt(int fd, u32 runs, struct benchmark *bench,
		       const void *opts)
{
	struct timeval tv = { .tv_usec = RESEND_US };
	const struct pair_opt *opt = opts;
	int sock = pair_udp(fd, opt);

	setsockopt(sock, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
	if (wait_for_start(fd)) {
		if (opt->start) {
			for (u32 i = 0; i < runs; i++)
				round_trip(fd, sock, i);
			send_ack(fd);
			send(sock, NULL, 0, 0);
		} else {
			echo(fd, sock);
		}
	}
	close(sock);
}

struct benchmark udp_rtt_benchmark _benchmark_ = {
	"udp-rtt",
	"Time for one UDP round trip between machines",
	do_pair_bench_onestop,
	do_udp_rtt,
	.exercises = "network latency: doorbell, interrupt, wake-up",
};
