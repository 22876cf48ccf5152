// SPDX-License-Identifier: GPL-2.0-only
/*
 * One operation: fork(2), exit in the child, wait for it.
 *
 * Copies page tables and write-protects what is shared; the exit frees them
 * again.  Shadow paging sees every PTE; nested paging little but the TLB
 * flushes.
 */
#include <errno.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../benchmarks.h"

static void do_fork(int fd, u32 runs, struct benchmark *bench, const void *opts)
{
	pid_t pid;

	if (!wait_for_start(fd))
		return;
	for (u32 i = 0; i < runs; i++) {
		pid = fork();
		if (pid == 0)
			_exit(0);
		if (pid < 0 || waitpid(pid, NULL, 0) != pid)
			bench_fail(fd, "cannot fork: %s", strerror(errno));
	}
	send_ack(fd);
}

struct benchmark fork_benchmark _benchmark_ = {
	"fork",
	"Time for one fork, exit and wait",
	do_single_bench,
	do_fork,
	.exercises = "page tables copied, write-protected and freed",
};
