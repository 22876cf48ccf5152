// SPDX-License-Identifier: GPL-2.0-only
/*
 * One operation: a direct, synchronous write of 4 KiB to a file that has its
 * blocks already.
 *
 * O_DSYNC makes the kernel flush the disk's cache after each write (open(2)):
 * the request, the flush and, on the host, whatever the disk's cache mode makes
 * of it.
 */
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "../clock.h"
#include "../direct.h"

#define SIZE 4096

static void do_write_latency(int fd, u32 runs, struct benchmark *bench,
			     const void *opts)
{
	void *buf = direct_buffer(fd, SIZE);
	char path[PATH_MAX];
	int file;

	/* The folder may be shared, and have files of others. */
	snprintf(path, sizeof(path), "%s/write-latency.%d-%llx",
		 bench_scratch(), getpid(), (unsigned long long)clock_ns());
	file = direct_open(fd, path, O_RDWR | O_CREAT | O_EXCL | O_DSYNC);
	direct_write(fd, file, buf, SIZE, 0);
	if (wait_for_start(fd)) {
		for (u32 i = 0; i < runs; i++)
			direct_write(fd, file, buf, SIZE, 0);
		send_ack(fd);
	}
	close(file);
	/* Not before: btrfs does not flush a file without a name, and f2fs makes a
	 * checkpoint at each write to one (btrfs_log_inode_parent(),
	 * need_do_checkpoint()). */
	unlink(path);
}

struct benchmark write_latency_benchmark _benchmark_ = {
	"write-latency", "Time to write 4 KiB to the disk and flush it",
	do_single_bench, do_write_latency,
	needs_scratch,	 .exercises = "virtual disk: write and cache flush",
};
