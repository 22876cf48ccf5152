// SPDX-License-Identifier: GPL-2.0-only
/*
 * One operation: the process sends itself a signal and returns from its
 * handler: kill(2), delivery with the whole FPU state saved on the stack, and
 * sigreturn(2).
 *
 * No exit where the hypervisor leaves system calls and the FPU to the guest;
 * XSAVE of the vector state is the largest part, so it also shows a difference
 * in the CPU features that the guest was given.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "../benchmarks.h"

static volatile sig_atomic_t caught;

static void on_signal(int sig)
{
	caught = 1;
}

static void do_signal(int fd, u32 runs, struct benchmark *bench,
		      const void *opts)
{
	struct sigaction sa = { .sa_handler = on_signal };
	pid_t self = getpid();

	sigaction(SIGUSR1, &sa, NULL);
	if (!wait_for_start(fd))
		return;
	/* With one thread it is delivered before kill(2) returns: POSIX. */
	for (u32 i = 0; i < runs; i++)
		kill(self, SIGUSR1);
	send_ack(fd);
	if (runs && !caught)
		bench_fail(fd, "the signal was not delivered");
}

struct benchmark signal_benchmark _benchmark_ = {
	"signal",
	"Time to send and handle a signal",
	do_single_bench,
	do_signal,
	.exercises = "signal frame: system calls, XSAVE",
};
