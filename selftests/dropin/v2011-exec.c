// SPDX-License-Identifier: GPL-2.0-only
/*
 * As virtbench's exec: a forked process acks the set-up, waits for the start and
 * executes the client again and again, with the number of executions that are left;
 * the first process acks when that one has ended.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../benchmarks.h"

extern char *argv0;

void exec_test(char *left)
{
	char *argv[] = { argv0, left, NULL };
	long n = strtol(left, NULL, 10);

	if (!n)
		exit(0);
	sprintf(left, "%09li", n - 1);
	execv(argv0, argv);
	err(1, "executing %s", argv0);
}

static void do_chain(int fd, u32 runs, struct benchmark *bench,
		     const void *opts)
{
	char left[CHAR_SIZE(int)];
	int status;
	pid_t pid;

	sprintf(left, "%09i", runs);
	pid = fork();
	if (pid < 0)
		err(1, "forking");
	if (!pid) {
		send_ack(fd);
		if (!wait_for_start(fd))
			exit(0);
		exec_test(left);
	}
	if (waitpid(pid, &status, 0) != pid || status)
		errx(1, "the chain of executions broke");
	send_ack(fd);
}

struct benchmark chain_benchmark _benchmark_
= { "chain", "Time for one exec of the client", do_single_bench, do_chain };
