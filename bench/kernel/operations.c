// SPDX-License-Identifier: GPL-2.0-only
/*
 * Each operation of the kernel module as a benchmark: kmod/operations.h is the
 * table, kmod/op-*.c say what one operation is.
 *
 * The module times the batches itself, with interrupts off where the operation
 * allows, so neither the system call nor the way to it is in the figure.
 */
#include <errno.h>
#include <stdio.h>

#include "../cpus.h"
#include "../kmod.h"

#define EMPTY_LOOP "kernel/floor-empty-loop"

static const char *why_not(struct benchmark *bench)
{
	static char why[256];
	struct kmod *k = kmod_open(why, sizeof(why));
	struct vbench_op op;
	int index;

	if (!k)
		return why;
	bind_thread(0);
	index = kmod_find(k, bench->name, &op);
	if (index < 0) {
		snprintf(why, sizeof(why),
			 "the vbench module that is loaded (%.32s) has no such "
			 "operation",
			 k->info.version);
		return why;
	}
	return kmod_can_run(k, index, why, sizeof(why)) ? NULL : why;
}

/* Looked up once, for there is a sample each millisecond. */
static int index_of(struct kmod *k, const struct benchmark *bench)
{
	static const struct benchmark *known;
	static int index;
	struct vbench_op op;

	if (known != bench) {
		known = bench;
		index = kmod_find(k, bench->name, &op);
	}
	return index;
}

static void tell(int fd, const struct benchmark *bench, const struct kmod *k,
		 const struct kmod_figure *f)
{
	if (!bench->latency) {
		send_ack_timed(fd, kmod_ns(k, f->ticks), f->ticks);
		return;
	}
	for (u64 i = 0; i < f->runs; i++)
		f->events[i] = kmod_ns(k, f->events[i]);
	send_ack_events(fd, f->events, f->runs, kmod_ns(k, f->ticks));
}

static void do_operation(int fd, u32 runs, struct benchmark *bench,
			 const void *opts)
{
	static u64 events[EVENTS_MAX];
	struct kmod_figure f = { .events = bench->latency ? events : NULL };
	struct kmod *k;
	char why[256];
	int index, ret;

	k = kmod_open(why, sizeof(why));
	if (!k)
		bench_skip(fd, "%s", why);
	/* Where one is enough, it is bound to the spell's by now. */
	if (bench->vcpus > 1)
		bind_thread(0);
	index = index_of(k, bench);
	if (index < 0)
		bench_fail(fd, "the operation no longer exists");
	if (!wait_for_start(fd))
		return;
	ret = kmod_run(k, index, runs, bench_trace(fd), &f, why, sizeof(why));
	/* Events that came before it could not go on are events; but one that did
	 * not come is the longest of all, and is not to be passed over. */
	if (ret && !(ret == -ENODATA && bench->latency && f.runs))
		bench_skip(fd, "%s", why);
	tell(fd, bench, k, &f);
}

#define OP(id, n, what, mechanism, flags, exits)                       \
	static struct benchmark id##_benchmark _benchmark_ = {         \
		.name = n,                                             \
		.title = what,                                         \
		.server = do_single_bench,                             \
		.client = do_operation,                                \
		.should_not_run = why_not,                             \
		.exercises = mechanism,                                \
		.vcpus = (flags)&VBENCH_OP_PEER ? 2 : 1,               \
		.max_runs = (flags)&VBENCH_OP_EVENTS ? EVENTS_MAX : 0, \
		.latency = ((flags)&VBENCH_OP_EVENTS) != 0,            \
		.marks_itself = true,                                  \
		.expects = exits,                                      \
		.loop = (flags)&VBENCH_OP_LOOP ? EMPTY_LOOP : "",      \
	};
#include "../../kmod/operations.h"
