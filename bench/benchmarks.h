/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a benchmark needs: include this, define a client function and a
 * struct benchmark marked _benchmark_, and put the file in bench/micro/,
 * bench/inter/ or any other folder of bench/, whose name becomes the group.
 * Nothing else has to be edited.  See Documentation/add-benchmark.rst.
 *
 * The file is compiled into the server too, which reads the description and
 * never calls the functions: they run in the guest, in a process of their own.
 */
#ifndef VBENCH_BENCHMARKS_H
#define VBENCH_BENCHMARKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "marker.h"

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int64_t s64;

struct benchmark;
struct boot_marks;

/* Which machines take part, and when the time is up. */
struct topology {
	const char *name;
	/* Machines in the benchmark, the host's own client included. */
	u32 machines;
	/* The first of them is a client process on the host, not a guest. */
	bool with_host;
	/* The time ends with the first machine that is done, not the last. */
	bool first_done;
	/* Nothing is run: each machine's start is a sample. */
	bool boot;
	/* Its benchmarks' should_not_run() has two arguments: virtbench.h. */
	bool asks_platform;
};

/* One randomly chosen machine: normal for micro. */
extern const struct topology do_single_bench[];
/* Two randomly chosen machines: normal for inter-guest. */
extern const struct topology do_pair_bench[];
/* Two, and the time ends as soon as either is done. */
extern const struct topology do_pair_bench_onestop[];
/* A process on the host (the first of the pair) and one machine. */
extern const struct topology do_receive_bench[];
/* The start of each machine: see boot.h. */
extern const struct topology do_boot_bench[];

struct benchmark {
	/* For the command line; unique within its group. */
	const char *name;
	/* What one operation is: "Time for one context switch". */
	const char *title;
	/* Server side: do_single_bench and friends. */
	const struct topology *server;
	/*
	 * Client side.  Set up; if (wait_for_start(fd)) do the operation @runs
	 * times (0 is possible) and send_ack(fd); clean up.  @opts is a struct
	 * pair_opt for a pair, NULL otherwise.  With do_pair_bench_onestop the
	 * machine that is not the first to be done may return without an ack.
	 */
	void (*client)(int fd, u32 runs, struct benchmark *bench,
		       const void *opts);

	/* All that follows is optional. */

	/*
	 * Asked on the machine where it would run: why it cannot, or NULL.
	 * Runs in a process of its own, so it may probe by trying.
	 */
#ifdef VBENCH_ASKS_PLATFORM
	const char *(*should_not_run)(const char *platform,
				      struct benchmark *bench);
#else
	const char *(*should_not_run)(struct benchmark *bench);
#endif
	/* The hypervisor mechanism that it exercises; for "vbench list". */
	const char *exercises;
	/* Of the figures; NULL means "ns", nanoseconds for one operation. */
	const char *unit;
	/* CPUs that it needs in one machine; 0 means 1.  With 1, pinned. */
	u32 vcpus;
	/* Most runs that one set-up can take; 0 means any number. */
	u32 max_runs;
	/* Bytes moved by one operation, for a bandwidth; 0 if that is no
	 * sensible figure. */
	u64 bytes;
	/*
	 * Called instead of everything else by "virtclient --reexec GROUP/NAME
	 * ARGS": for a benchmark that executes its own program (bench_exe()).
	 * Gets what follows the name; what it returns is the exit status.
	 */
	int (*reexec)(int argc, char **argv);
	/*
	 * The benchmark ("group/name") of the empty loop that each run holds
	 * and whose floor is taken off.  NULL means micro/empty-loop, ""
	 * nothing.
	 */
	const char *loop;
	/* Each run is an event whose delay is the figure: tails matter. */
	bool latency;
	/* It marks its window for --trace itself: bench_trace(). */
	bool marks_itself;
	/* The exits of one operation under KVM, as --trace compares them with
	 * those that it sees (Documentation/trace.rst); NULL: nothing is said. */
	const char *expects;
	/*
	 * With do_boot_bench, instead of a client's function, and called by the
	 * server: what the marks say, in ns; 0, with the reason in @why, for a
	 * machine that it means nothing for.
	 */
	u64 (*boot)(const struct boot_marks *b, const char **why);
	/*
	 * It cannot be measured in several spells, each in a process of its own
	 * with other benchmarks in between: what it measures would be another
	 * thing the second time.
	 */
	bool one_spell;
};

/* What a benchmark between two machines gets as @opts. */
struct pair_opt {
	u32 yourip; /* IPv4, host byte order */
	u32 otherip;
	u32 start; /* 1: you are the first of the pair; 0: the second */
	u32 port; /* TCP and UDP port that nobody else uses, 1024..65535 */
};

/*
 * Registers the benchmark.  The objects are linked directly, never from an
 * archive, which would drop an object that nothing refers to.  The explicit
 * alignment keeps the compiler from spacing the entries more widely than the
 * array that the linker's __start_ and __stop_ symbols delimit.
 */
#ifndef VBENCH_GROUP
#define VBENCH_GROUP micro
#endif
#define VBENCH_STR_(x) #x
#define VBENCH_STR(x) VBENCH_STR_(x)
#define _benchmark_                                                       \
	__attribute__((section("vbench_" VBENCH_STR(VBENCH_GROUP)), used, \
		       aligned(__alignof__(struct benchmark))))

/*
 * Tell the server that the set-up is done and wait until it says go.  True:
 * the clock is running.  False: the server has changed its mind; clean up.
 */
bool wait_for_start(int fd);

/*
 * Stop the clock and tell the server.  Before wait_for_start(): the first
 * machine of a pair (start is 1) can be connected to; until then, or until it
 * waits for the start, the second one's set-up is held back.
 */
void send_ack(int fd);

/*
 * Instead of send_ack(): for a benchmark whose figure is not the time between
 * start and ack but one that it took itself: @total for all the runs, in the
 * benchmark's unit.
 */
void send_ack_value(int fd, u64 total);

/*
 * Instead of send_ack_value(), for a latency benchmark with max_runs EVENTS_MAX
 * or less: what each of the runs took, or of the first @n, if it could not go on.
 * Each is kept as a sample of its own.  @cost is what measuring one adds to it;
 * it counts when there were to be no runs.
 */
#define EVENTS_MAX 256
void send_ack_events(int fd, const u64 *events, u32 n, u64 cost);

/*
 * Instead of send_ack(): the runs were timed elsewhere, in the kernel, where
 * they took @ns, which were @ticks of the tick counter.
 */
void send_ack_timed(int fd, u64 ns, u64 ticks);

/*
 * The window whose exits this sample's runs are to be attributed to (marker.h);
 * window 0: none.  For a benchmark that marks itself, which may open and close
 * it more than once in a sample; for all others it is done.
 */
struct trace_mark bench_trace(int fd);

/* True as soon as the server wants this benchmark to end (never blocks). */
bool stop_requested(int fd);

/* Block until the server wants this benchmark to end. */
void wait_for_stop(int fd);

/* The server's CLOCK_MONOTONIC_RAW in ns, asked over the control channel. */
u64 server_time(int fd);

/* End this benchmark here: it cannot run (skip) or it went wrong (fail). */
void bench_skip(int fd, const char *fmt, ...)
	__attribute__((noreturn, format(printf, 2, 3)));
void bench_fail(int fd, const char *fmt, ...)
	__attribute__((noreturn, format(printf, 2, 3)));

/*
 * A disk to read, at least 16 MiB of data without holes: the machine's virtual
 * disk, or a file for machines that have none.  And a folder on that disk where
 * files may be made.  Never NULL: on a machine that has none they end the
 * benchmark with bench_skip().
 */
const char *bench_disk(void);
const char *bench_scratch(void);

/* For should_not_run: the reason why the machine has none, or NULL. */
const char *needs_disk(struct benchmark *bench);
const char *needs_scratch(struct benchmark *bench);

/* This program, for execve(2). */
const char *bench_exe(void);

#include "virtbench.h"

#endif /* VBENCH_BENCHMARKS_H */
