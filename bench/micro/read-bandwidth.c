// SPDX-License-Identifier: GPL-2.0-only
/*
 * One operation: one direct read of 256 KiB at the disk's beginning.
 *
 * Large enough that moving the data counts, not the request: copies in the
 * device model, scatter-gather limits of the virtual disk.
 */
#include <fcntl.h>
#include <unistd.h>

#include "../direct.h"

#define SIZE (256 << 10)

static void do_read_bandwidth(int fd, u32 runs, struct benchmark *bench,
			      const void *opts)
{
	int disk = direct_open(fd, bench_disk(), O_RDONLY);
	void *buf = direct_buffer(fd, SIZE);

	direct_read(fd, disk, buf, SIZE, 0);
	if (wait_for_start(fd)) {
		for (u32 i = 0; i < runs; i++)
			direct_read(fd, disk, buf, SIZE, 0);
		send_ack(fd);
	}
	close(disk);
}

struct benchmark read_bandwidth_benchmark _benchmark_ = {
	"read-bandwidth",
	"Time to read 256 KiB of the disk",
	do_single_bench,
	do_read_bandwidth,
	needs_disk,
	.exercises = "virtual disk: data moved by the device model",
	.bytes = SIZE,
};
