// SPDX-License-Identifier: GPL-2.0-only
/* The small names of virtbench's headers, and a should_not_run() of two arguments. */
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "../benchmarks.h"

static const int table[] = { 1, 2, 3 };

static void do_names(int fd, u32 runs, struct benchmark *bench,
		     const void *opts)
{
	char number[CHAR_SIZE(int)];
	int disk = open(blockdev, O_RDONLY);

	if (disk < 0)
		err(1, "opening %s", blockdev);
	sprintf(number, "%i", INT_MIN);
	if (ARRAY_SIZE(table) != 3 || !streq(number, "-2147483648"))
		errx(1, "wrong names");

	send_ack(fd);

	if (wait_for_start(fd)) {
		u32 i;

		for (i = 0; i < runs; i++)
			getppid();
		send_ack(fd);
	}
	close(disk);
}

static const char *names_should_not_run(const char *virtdir,
					struct benchmark *b)
{
	if (streq(b->name, "not-local") && streq(virtdir, "local"))
		return "not valid for local";
	return NULL;
}

struct benchmark names_benchmark _benchmark_
= { "names", "Time for one name",
    do_single_bench, do_names, names_should_not_run };

struct benchmark not_local_benchmark _benchmark_
= { "not-local", "Time for one name",
    do_single_bench, do_names, names_should_not_run };
