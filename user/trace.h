/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Loads the BPF programs that see exits, attaches them while exits are attributed,
 * and reads them.  Documentation/trace.rst says what they need.
 */
#ifndef VBENCH_TRACE_H
#define VBENCH_TRACE_H

#include <string.h>

#include "../bench/marker.h"
#include "trace-names.h"
#include "trace-tier.h"

struct trace;

struct trace_spec {
	bool rip; /* also count the guest's addresses of exits */
	bool no_markers; /* a window for each vCPU, open all the time */
	u32 tgid; /* without markers: only this process; 0 all */
	u32 windows; /* the most at a time; up to TRACE_WINDOWS_MAX */
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
/* Reads the window and frees it. */
void trace_take(struct trace *t, struct trace_mark m, struct trace_window *w,
		struct trace_rips *r);

/*
 * Without markers, for each place below trace_spec.windows: reads the window there.
 * If its vCPU will not come back, this frees the place.  False if there is no
 * window.  The figures are exact once the programs are detached.
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
	u64 missed_others; /* other such events, at which no exit is counted */
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

/* All counts since the programs were loaded. */
struct trace_losses trace_losses(const struct trace *t);

#endif
