/* SPDX-License-Identifier: GPL-2.0-only */
/* Runs one benchmark: chooses machines, finds how often the operation must be
 * repeated, and takes samples until they are enough. */
#ifndef VBENCH_RUNNER_H
#define VBENCH_RUNNER_H

#include "result.h"
#include "session.h"

struct runner {
	struct session *s;
	u64 rng;
	double budget_s;
	double precision;
	double loop_ns; /* empty loop; 0 before it was measured */
	u32 port; /* of the last pair */
};

/* The benchmark whose figure is taken off all others'. */
#define LOOP_BENCHMARK "micro/empty-loop"

void runner_init(struct runner *r, struct session *s, u64 seed, bool rough,
		 double budget_s);

/*
 * Fills @res.  0 whatever the benchmark came to, -EINTR when the session is to
 * end.
 */
int runner_run(struct runner *r, const struct bench_entry *e,
	       struct result *res);

/* Asks the first machine that is up: the reason why @e would be skipped, ""
 * if it would run; 0 or -EINTR, -ENOTCONN. */
int runner_probe(struct runner *r, const struct bench_entry *e, char *why,
		 size_t size);

#endif
