// SPDX-License-Identifier: GPL-2.0-only
/*
 * One operation: a byte is written to a pipe and read back by the same process.
 *
 * Two system calls and the kernel's locks and copies, without a switch to
 * another process: it should cost the same in a guest and on the host, and
 * context-switch less this is the switch alone.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "../benchmarks.h"

static void write_and_read(int fd, const int ends[2])
{
	u8 byte = 0;

	if (write(ends[1], &byte, 1) != 1 || read(ends[0], &byte, 1) != 1)
		bench_fail(fd, "pipe: %s", strerror(errno));
}

static void do_pipe(int fd, u32 runs, struct benchmark *bench, const void *opts)
{
	int ends[2];

	if (pipe(ends))
		bench_fail(fd, "pipe: %s", strerror(errno));
	/* The first write allocates the pipe's page, which it then keeps. */
	write_and_read(fd, ends);
	if (wait_for_start(fd)) {
		for (u32 i = 0; i < runs; i++)
			write_and_read(fd, ends);
		send_ack(fd);
	}
	close(ends[0]);
	close(ends[1]);
}

struct benchmark pipe_benchmark _benchmark_ = {
	"pipe",
	"Time to write a byte to a pipe and read it back",
	do_single_bench,
	do_pipe,
	.exercises = "system calls that copy, without a switch",
};
