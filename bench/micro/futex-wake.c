// SPDX-License-Identifier: GPL-2.0-only
/*
 * One operation: a thread wakes another, which sleeps on another CPU, by a
 * futex; the two take turns, so each wakes the other and then sleeps.
 *
 * Across CPUs on purpose: the woken one's vCPU is idle.  In a guest that is a
 * HLT exit when it falls asleep and an inter-processor interrupt (or a write to
 * the polled flag of an idle CPU in the kernel's own polling) that makes the
 * host run it again; see the kernel's virt/kvm/halt-polling.rst and
 * virt/guest-halt-polling.rst.  On one CPU it would be context-switch.
 */
#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../cpus.h"

/* The turns taken so far: even, then it is the first thread's turn. */
static u32 turn;

static void wait_until(u32 want)
{
	u32 now;

	while ((now = __atomic_load_n(&turn, __ATOMIC_ACQUIRE)) != want)
		syscall(SYS_futex, &turn, FUTEX_WAIT_PRIVATE, now, NULL);
}

/* Takes each second turn, beginning with @first, while it is below @runs. */
static void take_turns(u32 first, u32 runs)
{
	for (u64 mine = first; mine < runs; mine += 2) {
		wait_until(mine);
		__atomic_store_n(&turn, mine + 1, __ATOMIC_RELEASE);
		syscall(SYS_futex, &turn, FUTEX_WAKE_PRIVATE, 1);
	}
}

static void *second(void *arg)
{
	const u32 *runs = arg;

	bind_thread(1);
	take_turns(1, *runs);
	return NULL;
}

static void do_futex_wake(int fd, u32 runs, struct benchmark *bench,
			  const void *opts)
{
	pthread_t thread;
	bool timed;
	int err;

	(void)bench;
	(void)opts;
	if (!bind_thread(1) || !bind_thread(0))
		bench_skip(fd, "may use one CPU only");
	turn = 0;
	err = pthread_create(&thread, NULL, second, &runs);
	if (err)
		bench_fail(fd, "cannot start a thread: %s", strerror(err));
	timed = wait_for_start(fd);
	/* In any case, for the other thread is waiting for its first turn. */
	take_turns(0, runs);
	wait_until(runs);
	if (timed)
		send_ack(fd);
	pthread_join(thread, NULL);
}

struct benchmark futex_wake_benchmark _benchmark_ = {
	"futex-wake",
	"Time to wake a thread on another CPU",
	do_single_bench,
	do_futex_wake,
	.exercises = "wake-up of a halted vCPU: HLT exit, IPI",
	.vcpus = 2,
};
