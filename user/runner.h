/* SPDX-License-Identifier: GPL-2.0-only */
/* Runs one benchmark: chooses machines, finds how often the operation must be
 * repeated, and takes samples until they are enough. */
#ifndef VBENCH_RUNNER_H
#define VBENCH_RUNNER_H

#include "result.h"
#include "session.h"

/* An empty loop whose cost is taken off the runs of others. */
struct loop {
	const struct bench_entry *e;
	double ns; /* 0 before it was measured */
};

#define LOOPS_MAX 8

struct runner {
	struct session *s;
	u64 rng;
	double budget_s;
	double precision;
	struct loop loops[LOOPS_MAX];
	size_t nloops;
	u32 port; /* of the last pair */
	bool trace; /* attribute exits as well */
};

/* The benchmark whose figure is taken off @e's, NULL if none is. */
const struct bench_entry *runner_loop_of(const struct bench_entry *e);
/* Its figure, once it has run; 0 before. */
double runner_loop_ns(const struct runner *r, const struct bench_entry *loop);

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
