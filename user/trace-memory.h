/* SPDX-License-Identifier: GPL-2.0-only */
/* The memory that the BPF programs count in: windows given out, read, and
 * taken back.  No BPF here. */
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
	u32 *full; /* the programs found no window that is free */
	u32 next; /* id to try */
};

/* A window for markers with that nonce: its id, or 0 when all are in use. */
u32 memory_arm(struct trace_memory *m, u16 nonce);
/* What it holds; then it is free for another. */
void memory_take(struct trace_memory *m, u32 id, struct trace_window *w,
		 struct trace_rips *r);

/*
 * Without markers: the window in place @at, up to @now, as bpf_ktime_get_ns()
 * counts; what its vCPU is in the middle of is part of it, so that its parts
 * add up to its wall time.  False where there is none.
 */
bool memory_peek(const struct trace_memory *m, u32 at, u64 now,
		 struct trace_window *w, struct trace_rips *r);

/* Whether what memory_peek() has copied can show one kind of exit with the figures
 * of another, because places changed hands each time that it tried. */
static inline bool memory_is_mixed(const struct trace_window *w)
{
	return w->turnover & 1;
}

/* The same of one that no vCPU comes back to, which makes the place free. */
bool memory_reap(struct trace_memory *m, u32 at, struct trace_window *w,
		 struct trace_rips *r);

#endif
