/* SPDX-License-Identifier: GPL-2.0-only */
/* The memory in which the BPF programs count: hands out windows, reads them and
 * takes them back.  It uses no BPF itself. */
#ifndef VBENCH_TRACE_MEMORY_H
#define VBENCH_TRACE_MEMORY_H

#include "../bench/benchmarks.h"
#include "../bpf/exits.h"

struct trace_memory {
	struct trace_window *windows;
	struct trace_rips *rips; /* NULL: places are not counted */
	u32 n; /* of both */
	const u32 *tids; /* TRACE_VCPUS of each */
	const struct trace_vcpu *vcpus;
	u32 *full; /* how often the programs found no free window */
	u32 next; /* id to try */
};

/* A window for markers with that nonce: its id, or 0 when all are in use. */
u32 memory_arm(struct trace_memory *m, u16 nonce);
/* Reads the window and frees it. */
void memory_take(struct trace_memory *m, u32 id, struct trace_window *w,
		 struct trace_rips *r);

/*
 * Without markers: reads the window in place @at up to @now, as bpf_ktime_get_ns()
 * counts.  It includes the exit under way, so that its parts add up to its wall
 * time.  False if there is none.
 */
bool memory_peek(const struct trace_memory *m, u32 at, u64 now,
		 struct trace_window *w, struct trace_rips *r);

/* Whether the copy that memory_peek() made can show one kind of exit with the
 * figures of another, because kinds were replaced during each try. */
static inline bool memory_is_mixed(const struct trace_window *w)
{
	return w->turnover & 1;
}

/* The same for a window whose vCPU will not come back; frees the place. */
bool memory_reap(struct trace_memory *m, u32 at, struct trace_window *w,
		 struct trace_rips *r);

#endif
