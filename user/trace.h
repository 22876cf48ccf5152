/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The BPF programs that see exits: loaded, attached while something is to be
 * attributed, and read.  Documentation/trace.rst says what they need.
 */
#ifndef VBENCH_TRACE_H
#define VBENCH_TRACE_H

#include <stdlib.h>
#include <string.h>

#include "../bench/marker.h"
#include "trace-names.h"
#include "trace-tier.h"

struct trace;

struct trace_spec {
	bool rip; /* count where exits come from as well */
	bool no_markers; /* a window for each vCPU, open all the time */
	u32 tgid; /* then: of this process only; 0 all */
	u32 windows; /* so many at a time; up to TRACE_WINDOWS_MAX */
};

/* Loads the programs: 0, or -errno with the reason in @why. */
int trace_open(struct trace **t, const struct trace_spec *spec, char *why,
	       size_t size);
void trace_close(struct trace *t);

/* Exits cost time only while attached. */
int trace_attach(struct trace *t, char *why, size_t size);
void trace_detach(struct trace *t);

/* Readies a window for a guest's markers; {0, 0} when all are in use. */
struct trace_mark trace_arm(struct trace *t);
/* What the window holds; then it is free for another. */
void trace_take(struct trace *t, struct trace_mark m, struct trace_window *w,
		struct trace_rips *r);

/*
 * Without markers, for each place below trace_spec.windows: what one window
 * holds that is in use, or that no vCPU comes back to; the latter makes room
 * for another.  False where there is none.  Exact once detached.
 */
bool trace_peek(struct trace *t, u32 at, struct trace_window *w,
		struct trace_rips *r);
bool trace_reap(struct trace *t, u32 at, struct trace_window *w,
		struct trace_rips *r);

/* 'A' to 'D'. */
char trace_tier(const struct trace *t);
const struct trace_names *trace_names(const struct trace *t);
bool trace_has_stat(const struct trace *t);

struct trace_losses {
	u64 missed; /* exits and entries at which a program could not run */
	u64 missed_others; /* other events, at which none is counted */
	u64 stray; /* our vCPUs' markers with a wrong nonce or window */
	u64 foreign_markers; /* those of other vCPUs */
	u64 full; /* entries of vCPU threads without a place ... */
	u64 unseen; /* ... and how many threads they were */
	u64 backwards; /* spans of time that were rejected */
	u64 foreign; /* exits of other runs' and other VMs' vCPUs */
};

/* Whether exits are lost when the program of that name cannot run. */
static inline bool trace_counts_exits(const char *program)
{
	return !strncmp(program, "kvm_exit", 8) ||
	       !strncmp(program, "kvm_entry", 9);
}

/* Whether a kernel of that release runs the programs of tracepoints with preemption
 * enabled: SRCU protects tracepoints since 7.0 (include/linux/tracepoint.h). */
static inline bool trace_is_preemptible(const char *release)
{
	return atoi(release) >= 7;
}

/* Since the programs were loaded. */
struct trace_losses trace_losses(const struct trace *t);

#endif
