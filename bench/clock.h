/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where time is read.  Nanoseconds come from CLOCK_MONOTONIC_RAW, which no
 * time daemon bends; ticks from the CPU's own counter, fenced so that neither
 * earlier nor later instructions move across it (Intel SDM vol. 2B, RDTSC and
 * RDTSCP; AMD APM vol. 3, RDTSCP; Arm ARM, CNTVCT_EL0).  CPUID is no fence for
 * us: in a guest it is an exit.
 */
#ifndef VBENCH_CLOCK_H
#define VBENCH_CLOCK_H

#include <time.h>

#include "benchmarks.h"

#define NSEC_PER_SEC 1000000000ull

static inline u64 clock_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC_RAW, &ts);
	return (u64)ts.tv_sec * NSEC_PER_SEC + (u64)ts.tv_nsec;
}

#if defined(__x86_64__) || defined(__i386__)
static inline u64 ticks_begin(void)
{
	u32 lo, hi;

	__asm__ __volatile__("lfence\n\trdtsc\n\tlfence"
			     : "=a"(lo), "=d"(hi)
			     :
			     : "memory");
	return (u64)hi << 32 | lo;
}

/*
 * Not RDTSCP: it raises #UD on the oldest guests' CPU models, and LFENCE
 * before RDTSC orders as well where it is dispatch-serialising, which Linux
 * makes it on AMD.
 */
static inline u64 ticks_end(void)
{
	return ticks_begin();
}
#elif defined(__aarch64__)
static inline u64 ticks_begin(void)
{
	u64 t;

	__asm__ __volatile__("isb\n\tmrs %0, cntvct_el0\n\tisb"
			     : "=r"(t)
			     :
			     : "memory");
	return t;
}

static inline u64 ticks_end(void)
{
	return ticks_begin();
}
#else
static inline u64 ticks_begin(void)
{
	return 0;
}

static inline u64 ticks_end(void)
{
	return 0;
}
#endif

/* Two readings of both clocks; the ticks are the inner pair. */
struct stamp {
	u64 ns;
	u64 ticks;
};

static inline struct stamp stamp_begin(void)
{
	u64 ns = clock_ns();

	return (struct stamp){ .ns = ns, .ticks = ticks_begin() };
}

static inline struct stamp stamp_end(void)
{
	u64 ticks = ticks_end();

	return (struct stamp){ .ns = clock_ns(), .ticks = ticks };
}

struct tick_rate {
	u64 per_sec; /* 0 if the CPU has no counter */
	double error; /* by what share it may be wrong */
};

/*
 * Measures within 20 ms.  The error is a bound, also if the clock steps once meanwhile:
 * by delays between the readings, or by as much as they contradict one another.
 */
struct tick_rate clock_tick_rate(void);
/* The same with other readings of the clock and of the counter. */
struct tick_rate tick_rate_measure(u64 (*ns)(void), u64 (*ticks)(void));

#endif
