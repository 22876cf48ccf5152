// SPDX-License-Identifier: GPL-2.0-only
/*
 * One operation: the guest's CLOCK_MONOTONIC_RAW is compared with the server's
 * as in NTP (RFC 5905, 8): the answer of the server is taken to belong to the
 * middle of the round trip, and the fastest of several round trips counts.
 * The figure is by how many ns per second the two clocks have drifted apart
 * since the first sample, its sign dropped.
 *
 * The guest's clock source: TSC offset and scale, kvm-clock's or Hyper-V's
 * multiplier, or a timer that is emulated from the host's.
 *
 * Resolution: the middle is wrong by at most half a round trip, at each end, so
 * after t seconds the figure by at most (round trip / t).  Seen with two
 * processes of one machine, whose clock is the same, and 30 us: 27,000 ns/s
 * after 50 ms, 2,000 ns/s after a second.
 */
#include <time.h>

#include "../clock.h"

#define ROUND_TRIPS 16
#define PAUSE_NS (50 * 1000 * 1000)

struct reading {
	u64 here;
	u64 there;
};

static struct reading compare(int fd)
{
	struct reading best = { 0 };
	u64 least = UINT64_MAX;

	for (int i = 0; i < ROUND_TRIPS; i++) {
		u64 before = clock_ns();
		u64 there = server_time(fd);
		u64 trip = clock_ns() - before;

		if (trip >= least)
			continue;
		least = trip;
		best.here = before + trip / 2;
		best.there = there;
	}
	return best;
}

static u64 drift(int fd, const struct reading *first)
{
	const struct timespec pause = { .tv_nsec = PAUSE_NS };
	struct reading now;
	double here, there;

	nanosleep(&pause, NULL);
	now = compare(fd);
	here = now.here - first->here;
	there = now.there - first->there;
	if (there <= 0)
		bench_fail(fd, "the server's clock stands still");
	return (here > there ? here - there : there - here) / there *
	       NSEC_PER_SEC;
}

static void do_clock_accuracy(int fd, u32 runs, struct benchmark *bench,
			      const void *opts)
{
	static struct reading first;
	u64 total = 0;

	if (!wait_for_start(fd))
		return;
	/* Here and not in the set-up, when the server does not answer. */
	if (!first.there)
		first = compare(fd);
	for (u32 i = 0; i < runs; i++)
		total += drift(fd, &first);
	send_ack_value(fd, total);
}

struct benchmark clock_accuracy_benchmark _benchmark_ = {
	"clock-accuracy",
	"Drift of the guest's clock in one second",
	do_single_bench,
	do_clock_accuracy,
	.exercises = "guest clock source: offset and scale",
	.unit = "ns/s",
	.max_runs = 1,
	.one_spell = true,
};
