// SPDX-License-Identifier: GPL-2.0-only
/*
 * One operation: a thread wakes another, which sleeps on another CPU, by a
 * futex; the figure is the time from the wake-up's call to the first thing
 * that the woken thread does.
 *
 * Across CPUs on purpose: the woken one's vCPU is idle, which in a guest is a
 * HLT exit, and an inter-processor interrupt has to make the host run it
 * again.  On one CPU it would be context-switch.  Before each wake-up there are
 * 300 us, so that the CPU has gone idle and nobody polls for its wake-up any
 * more: guest and host do for up to 200 us each (the kernel's
 * virt/guest-halt-polling.rst, virt/kvm/halt-polling.rst).  Two threads that
 * wake each other without a pause were measured at 1 us or 30 us, by whether
 * they get to sleep at all.
 */
#include <linux/futex.h>
#include <pthread.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../clock.h"
#include "../cpus.h"

#define SETTLE_NS (300 * 1000)
#define STOP UINT32_MAX

/* The number of the wake-up, and of the one that the sleeper has noted. */
static u32 call, answer;
static u64 woken_ns;

static void *sleeper(void *arg)
{
	u32 seen = 0, now;

	bind_thread(1);
	while (seen != STOP) {
		syscall(SYS_futex, &call, FUTEX_WAIT_PRIVATE, seen, NULL);
		now = __atomic_load_n(&call, __ATOMIC_ACQUIRE);
		if (now == seen)
			continue;
		woken_ns = clock_ns();
		seen = now;
		__atomic_store_n(&answer, seen, __ATOMIC_RELEASE);
	}
	return arg;
}

static void wake(u32 nth)
{
	__atomic_store_n(&call, nth, __ATOMIC_RELEASE);
	syscall(SYS_futex, &call, FUTEX_WAKE_PRIVATE, 1);
}

static u64 latency(int fd, u32 nth)
{
	u64 begin = clock_ns(), settled = begin + SETTLE_NS;

	while (begin < settled)
		begin = clock_ns();
	wake(nth);
	while (__atomic_load_n(&answer, __ATOMIC_ACQUIRE) != nth)
		;
	if (woken_ns < begin)
		bench_fail(fd, "the clocks of two CPUs differ by %llu ns",
			   (unsigned long long)(begin - woken_ns));
	return woken_ns - begin;
}

static void do_futex_wake(int fd, u32 runs, struct benchmark *bench,
			  const void *opts)
{
	pthread_t thread;
	u64 total = 0;
	int err;

	if (!bind_thread(1) || !bind_thread(0))
		bench_skip(fd, "may use one CPU only");
	call = 0;
	err = pthread_create(&thread, NULL, sleeper, NULL);
	if (err)
		bench_fail(fd, "cannot start a thread: %s", strerror(err));
	if (wait_for_start(fd)) {
		for (u32 i = 1; i <= runs; i++)
			total += latency(fd, i);
		send_ack_value(fd, total);
	}
	wake(STOP);
	pthread_join(thread, NULL);
}

struct benchmark futex_wake_benchmark _benchmark_ = {
	"futex-wake",
	"Time to wake a thread on another CPU",
	do_single_bench,
	do_futex_wake,
	.exercises = "wake-up of a halted vCPU: HLT exit, IPI",
	.vcpus = 2,
	/* So that each sample is one event: latencies have tails. */
	.max_runs = 1,
	.latency = true,
};
