/* SPDX-License-Identifier: GPL-2.0-only */
/* Asks the running kernel what its KVM offers. */
#ifndef VBENCH_TRACE_OFFER_H
#define VBENCH_TRACE_OFFER_H

#include "trace-tier.h"

struct btf;

/*
 * Whether the kernel with that BTF runs the programs of tracepoints with preemption
 * enabled, or may do so.  It does if SRCU protects them, of which this structure then
 * has the state (Linux 7.0, kernel/tracepoint.c).
 */
bool trace_is_preemptible(const struct btf *btf);

/* @record of @o is not looked at. */
void trace_look(struct trace_offer *o);

#endif
