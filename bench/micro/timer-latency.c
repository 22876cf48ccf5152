// SPDX-License-Identifier: GPL-2.0-only
/*
 * One operation: clock_nanosleep(2) until a point 1 ms ahead; the figure is
 * not the time it takes but how late it returns.
 *
 * The guest's timer (a write to the TSC deadline MSR or the APIC's count, an
 * exit), HLT, the host's timer that stands for it, the injected interrupt, and
 * the wake-up.  1 ms is beyond the 200 us for which KVM polls instead of
 * putting a halted vCPU to sleep (virt/kvm/halt-polling.rst).  The timer slack
 * of 50 us that Linux allows ordinary processes is switched off: prctl(2),
 * PR_SET_TIMERSLACK.
 */
#include <errno.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>

#include "../clock.h"

#define SLEEP_NS (1000 * 1000)

static u64 monotonic(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (u64)ts.tv_sec * NSEC_PER_SEC + ts.tv_nsec;
}

static u64 lateness(int fd)
{
	u64 end = monotonic() + SLEEP_NS;
	struct timespec ts = {
		.tv_sec = end / NSEC_PER_SEC,
		.tv_nsec = end % NSEC_PER_SEC,
	};
	int err;

	do {
		err = clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts,
				      NULL);
	} while (err == EINTR);
	if (err)
		bench_fail(fd, "clock_nanosleep: %s", strerror(err));
	return monotonic() - end;
}

static void do_timer_latency(int fd, u32 runs, struct benchmark *bench,
			     const void *opts)
{
	u64 late = 0;

	prctl(PR_SET_TIMERSLACK, 1);
	if (!wait_for_start(fd))
		return;
	for (u32 i = 0; i < runs; i++)
		late += lateness(fd);
	send_ack_value(fd, late);
}

struct benchmark timer_latency_benchmark _benchmark_ = {
	"timer-latency",
	"Lateness of one timer wake-up",
	do_single_bench,
	do_timer_latency,
	.exercises = "virtual timer, HLT, interrupt injection",
	/* So that each sample is one event: latencies have tails. */
	.max_runs = 1,
	.latency = true,
};
