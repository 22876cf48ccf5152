/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * --trace in a session: takes more samples with the BPF programs attached, after
 * the times were measured without them.
 */
#ifndef VBENCH_TRACE_PASS_H
#define VBENCH_TRACE_PASS_H

#include "exchange.h"

/*
 * Loads the programs if the options ask for it.  0, also if that fails with
 * --trace=try, which it says; else -errno, with the cause said.
 */
int trace_pass_open(struct session *s);
/* Checks, once the machines are up, whether they have exits; returns as above. */
int trace_pass_check(struct session *s);

/*
 * Attributes the exits of up to six samples, for each machine in @x, into res->exits.
 * Each has as many runs as an untraced one, @untraced, or more if the benchmark declares
 * its exits.  Between exchange_begin() and exchange_end(); 0 or as those.  @port is for
 * a pair, else 0.
 */
int trace_pass(struct exchange *x, u32 untraced, u32 port, struct result *res);

/* After exchange_end(): asks the guests for the symbols of addresses in their
 * kernels; 0 or -EINTR. */
int trace_pass_name(struct exchange *x, struct result *res);

/* Once @res is summarised: how much longer an operation takes when traced. */
void trace_pass_compare(struct result *res);

#endif
