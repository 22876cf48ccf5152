// SPDX-License-Identifier: GPL-2.0-only
/*
 * One operation: 1,000 UDP packets of 1,000 bytes arrive.  The sender floods
 * until it gets STOP and never acknowledges, so the receiver's time is
 * the one that counts; how many packets are lost on the way does not matter.
 *
 * UDP has no segmentation offload here and no acknowledgements, so this is the
 * cost of a packet, not of a byte: descriptors, doorbells and interrupts for
 * each, and what the host does with a guest that sends more than can be taken.
 */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../pair.h"

#define PACKETS 1000
#define PACKET_BYTES 1000
/* Packets between two looks at the control channel, each a system call. */
#define LOOK_EVERY 16

static u8 packet[PACKET_BYTES];

static void flood(int fd, int sock)
{
	while (!stop_requested(fd)) {
		for (int i = 0; i < LOOK_EVERY; i++)
			if (send(sock, packet, sizeof(packet), 0) < 0 &&
			    errno == ECONNREFUSED) {
				/* The receiver has all and is gone. */
				wait_for_stop(fd);
				return;
			}
	}
}

static void receive(int fd, int sock, u64 packets)
{
	while (packets) {
		if (recv(sock, packet, sizeof(packet), 0) >= 0)
			packets--;
		else if (errno != EINTR)
			bench_fail(fd, "no packets from the other machine: %s",
				   strerror(errno == EAGAIN ? ETIMEDOUT :
							      errno));
	}
}

static void do_udp_bandwidth(int fd, u32 runs, struct benchmark *bench,
			     const void *opts)
{
	const struct pair_opt *opt = opts;
	int sock = pair_udp(fd, opt);

	if (wait_for_start(fd)) {
		/* The first gets START a little earlier: as sender it
		 * would fill the other's buffer before the clock runs. */
		if (opt->start) {
			receive(fd, sock, (u64)runs * PACKETS);
			send_ack(fd);
		} else {
			flood(fd, sock);
		}
	}
	close(sock);
}

struct benchmark udp_bandwidth_benchmark _benchmark_ = {
	"udp-bandwidth",
	"Time to receive 1,000 UDP packets of 1,000 bytes",
	do_pair_bench_onestop,
	do_udp_bandwidth,
	.exercises = "network card, cost of a packet",
	.bytes = PACKETS * PACKET_BYTES,
};
