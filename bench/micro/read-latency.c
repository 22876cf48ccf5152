// SPDX-License-Identifier: GPL-2.0-only
/*
 * One operation: a direct read of one block (st_blksize) at the disk's
 * beginning, one at a time.
 *
 * The latency of the virtual disk: kick, device model, completion interrupt.
 * The host has the block in its cache, so its medium does not show.
 */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../direct.h"

static void do_read_latency(int fd, u32 runs, struct benchmark *bench,
			    const void *opts)
{
	int disk = direct_open(fd, bench_disk(), O_RDONLY);
	struct stat st;
	void *buf;

	if (fstat(disk, &st))
		bench_fail(fd, "cannot stat %s", bench_disk());
	buf = direct_buffer(fd, st.st_blksize);
	direct_read(fd, disk, buf, st.st_blksize, 0);
	if (wait_for_start(fd)) {
		for (u32 i = 0; i < runs; i++)
			direct_read(fd, disk, buf, st.st_blksize, 0);
		send_ack(fd);
	}
	close(disk);
}

struct benchmark read_latency_benchmark _benchmark_ = {
	"read-latency",
	"Time to read one block of the disk",
	do_single_bench,
	do_read_latency,
	needs_disk,
	.exercises = "virtual disk: kick, device model, interrupt",
};
