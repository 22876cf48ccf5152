/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Loads the BPF programs into the kernel, those of the best tier that it takes.
 * trace-bpf.c attaches them and reads what they count.
 */
#ifndef VBENCH_TRACE_LOAD_H
#define VBENCH_TRACE_LOAD_H

#include <bpf/libbpf.h>

#include "trace-offer.h"
#include "trace.h"

struct exits_bpf; /* the generated skeleton */

struct trace_load {
	struct trace_spec spec; /* fewer windows where memory is short */
	struct exits_bpf *skel;
	struct trace_names names;
	struct trace_offer offer;
	char tier; /* 'A' to 'D' */
};

/*
 * Looks at what the kernel offers, and loads what @l->spec wants of it: 0, or -errno
 * with the reason in @why.  trace_unload() must follow in either case.
 */
int trace_load(struct trace_load *l, char *why, size_t size);
void trace_unload(struct trace_load *l);

/* Writes into @why the reason that @ret, the result of a step, stands for.  Returns
 * @ret. */
int trace_load_explain(int ret, char *why, size_t size);

#endif
