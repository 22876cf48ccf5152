// SPDX-License-Identifier: GPL-2.0-only
/*
 * One operation: a direct read of 4 KiB at a random offset in the disk's first
 * 16 MiB, one at a time; the same offsets in every machine.
 *
 * As read-latency, but the host looks up another block each time: its page
 * cache, image format and file system take part.
 */
#include <fcntl.h>
#include <unistd.h>

#include "../direct.h"
#include "../prng.h"

#define SIZE 4096
#define DISK_BYTES (16 << 20)
#define BLOCKS (DISK_BYTES / SIZE)

static void do_random_read(int fd, u32 runs, struct benchmark *bench,
			   const void *opts)
{
	int disk = direct_open(fd, bench_disk(), O_RDONLY);
	off_t size = lseek(disk, 0, SEEK_END);
	void *buf = direct_buffer(fd, SIZE);
	/* Over all samples: few offsets would be few blocks all along. */
	static u64 state = 1;

	if (size < DISK_BYTES)
		bench_skip(fd, "needs a disk of %d MiB, %s has %lld",
			   DISK_BYTES >> 20, bench_disk(),
			   (long long)size >> 20);
	if (wait_for_start(fd)) {
		for (u32 i = 0; i < runs; i++)
			direct_read(fd, disk, buf, SIZE,
				    (off_t)prng_below(&state, BLOCKS) * SIZE);
		send_ack(fd);
	}
	close(disk);
}

struct benchmark random_read_benchmark _benchmark_ = {
	"random-read",
	"Time to read 4 KiB of the disk at random",
	do_single_bench,
	do_random_read,
	needs_disk,
	.exercises = "virtual disk and the host's cache behind it",
};
