/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The protocol's server side for one benchmark: BEGIN, samples, END, with the
 * one or two machines that take part.
 */
#ifndef VBENCH_EXCHANGE_H
#define VBENCH_EXCHANGE_H

#include "clockcheck.h"
#include "result.h"
#include "session.h"

#define PARTNERS_MAX 2

struct exchange {
	struct session *s;
	const struct bench_entry *e;
	struct machine *m[PARTNERS_MAX]; /* in the order of their slots */
	u32 n;
	u32 spell; /* from 0 */
	bool at_once; /* the first does not say when it can be connected to */
	struct trace_mark marks[PARTNERS_MAX]; /* of the samples to come */
	struct clock_pair pair[PARTNERS_MAX]; /* of the last sample */
	/* Why it ended early; the first reason stays. */
	enum result_status verdict;
	char reason[MSG_TEXT_MAX];
};

/*
 * All return 0, -EINTR (the session must end) or -ECANCELED: then verdict and
 * reason say what happened; call exchange_end() and go on.
 */
int exchange_begin(struct exchange *x);
/* One sample of @runs; @port for pairs. */
int exchange_sample(struct exchange *x, u32 runs, u32 port,
		    struct sample *sample);
/*
 * Between benchmarks: sends @question, and has what comes back in m->ch.in: 0,
 * -EINTR, -ESRCH when its process has ended, or -errno of the channel.
 */
int exchange_ask(struct session *s, struct machine *m,
		 const struct msg *question);
/* Ends the benchmark in all machines; a machine that does not come back is
 * lost. */
int exchange_end(struct exchange *x);

#endif
