// SPDX-License-Identifier: GPL-2.0-only
/*
 * One operation: 4 MB over TCP from one machine to another.
 *
 * Both virtual network cards and the host's switch between them.  With
 * segmentation offload at both ends (VIRTIO_NET_F_HOST_TSO4, GUEST_TSO4; virtio
 * 1.2, 5.1.3) packets of 64 kB pass uncut; without it each 1,448 bytes are
 * cut, switched and acknowledged by themselves.
 */
#include "../stream.h"

static void do_inter_tcp_bandwidth(int fd, u32 runs, struct benchmark *bench,
				   const void *opts)
{
	stream_bench(fd, runs, opts, stream_send);
}

struct benchmark inter_tcp_bandwidth_benchmark _benchmark_ = {
	"inter-tcp-bandwidth",
	"Time to send 4 MB over TCP between machines",
	do_pair_bench,
	do_inter_tcp_bandwidth,
	.exercises = "network card and switch, bulk transfer",
	.bytes = STREAM_BYTES,
};
