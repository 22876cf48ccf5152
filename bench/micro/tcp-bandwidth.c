// SPDX-License-Identifier: GPL-2.0-only
/*
 * One operation: a process on the host sends 4 MB over TCP to the guest.
 *
 * The receive path of the virtual network card: the host copies into buffers
 * that the guest posted and interrupts it; the guest's refills are the exits
 * (a doorbell each, unless they are suppressed: virtio 1.2, 2.7.10).  Merged
 * receive buffers, GRO and interrupt mitigation make most of the difference.
 */
#include "../stream.h"

static void do_tcp_bandwidth(int fd, u32 runs, struct benchmark *bench,
			     const void *opts)
{
	stream_bench(fd, runs, opts, stream_send);
}

struct benchmark tcp_bandwidth_benchmark _benchmark_ = {
	"tcp-bandwidth",
	"Time to receive 4 MB over TCP from the host",
	do_receive_bench,
	do_tcp_bandwidth,
	.exercises = "network card, receiving from the host",
	.bytes = STREAM_BYTES,
};
