// SPDX-License-Identifier: GPL-2.0-only
/*
 * One operation: one execve(2) of the client itself, in a chain of as many as
 * there are runs.  The process that becomes the chain is forked in the set-up.
 *
 * A new address space is built and the old one torn down: page-table pages are
 * allocated and freed, many faults follow.  Shadow paging pays for each; the
 * program, static, is the same in every machine.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../peer.h"

/* Executes the client again, with @left executions to follow.  Returns only
 * when that fails: why. */
static int next(u32 left)
{
	char number[16];
	char *argv[] = { (char *)"virtclient", (char *)"--reexec",
			 (char *)"micro/exec", number, NULL };

	snprintf(number, sizeof(number), "%u", left);
	execv(bench_exe(), argv);
	return errno;
}

/* The end of the chain says so by a byte: 0, or why it could not go on. */
static int say_end(int to, u8 err)
{
	return write(to, &err, 1) != 1;
}

static int chain(int argc, char **argv)
{
	unsigned long left = argc > 0 ? strtoul(argv[0], NULL, 10) : 0;

	return say_end(STDOUT_FILENO, left ? next(left - 1) : 0);
}

static void begin(int from, int to, u32 runs)
{
	char c;

	/* The pipes are closed on exec, the standard descriptors are not. */
	if (dup2(to, STDOUT_FILENO) < 0 || read(from, &c, 1) != 1)
		return;
	say_end(to, runs ? next(runs - 1) : 0);
}

static void do_exec(int fd, u32 runs, struct benchmark *bench, const void *opts)
{
	struct peer p;
	u8 c = 0;

	peer_start(fd, &p, begin, runs);
	if (wait_for_start(fd)) {
		if (write(p.to, &c, 1) != 1 || read(p.from, &c, 1) != 1)
			bench_fail(fd, "the chain of execve(2) broke: a "
				       "process in it ended");
		if (c)
			bench_fail(fd, "execve of %s: %s", bench_exe(),
				   strerror(c));
		send_ack(fd);
	}
	peer_end(&p);
}

struct benchmark exec_benchmark _benchmark_ = {
	"exec",
	"Time for one execve of a static program",
	do_single_bench,
	do_exec,
	.exercises = "address space built and torn down",
	.reexec = chain,
};
