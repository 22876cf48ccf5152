/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Loads the BPF programs of the best tier that the kernel accepts.
 * trace-bpf.c attaches them and reads what they count.
 */
#ifndef VBENCH_TRACE_LOAD_H
#define VBENCH_TRACE_LOAD_H

#include <bpf/libbpf.h>

#include "trace-offer.h"
#include "trace.h"

struct exits_bpf; /* the generated skeleton */

struct trace_load {
	struct trace_spec spec; /* with fewer windows if memory is short */
	struct exits_bpf *skel;
	struct trace_names names;
	struct trace_offer offer;
	char tier; /* 'A' to 'D' */
};

/*
 * Finds out what the kernel offers, and loads the programs for @l->spec: 0, or -errno
 * with the reason in @why.  trace_unload() must follow in either case.
 */
int trace_load(struct trace_load *l, char *why, size_t size);
void trace_unload(struct trace_load *l);

/* Explains @ret, the error of a step, in @why, and returns it. */
int trace_load_explain(int ret, char *why, size_t size);

#endif
