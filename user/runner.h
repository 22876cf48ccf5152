/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Runs a benchmark: chooses its machines, has it sampled in one spell or more,
 * and concludes.
 */
#ifndef VBENCH_RUNNER_H
#define VBENCH_RUNNER_H

#include "plan.h"
#include "run.h"

/* An empty loop whose cost is taken off the runs of others. */
struct loop {
	const struct bench_entry *e;
	double ns; /* as far as it is known */
};

#define LOOPS_MAX 8

struct runner {
	struct session *s;
	struct plan plan;
	u64 rng;
	struct loop loops[LOOPS_MAX];
	size_t nloops;
	u32 port; /* of the last pair */
	bool trace; /* attribute exits as well */
};

/* The benchmark whose figure is taken off @e's, NULL if none is. */
const struct bench_entry *runner_loop_of(const struct bench_entry *e);

void runner_init(struct runner *r, struct session *s, u64 seed,
		 const struct plan *plan);

/*
 * Before the first spell: chooses machines.  It may be over then already, with
 * the reason in @res.  runner_release() in any case.
 */
void runner_begin(struct runner *r, struct run *run,
		  const struct bench_entry *e, struct result *res);
/*
 * The next spell, in @pass; not when it is over.  res->summary is then what it would be
 * if it was the last.  0 whatever came of it, -EINTR when the session is to end.
 */
int runner_spell(struct run *run, u32 pass);
/* After the last spell, or where the session ended before it: the final figures
 * and what is to be said of them. */
void runner_conclude(struct run *run);
void runner_release(struct run *run);

/* Asks the first machine that is up: the reason why @e would be skipped, ""
 * if it would run; 0 or -EINTR, -ENOTCONN. */
int runner_probe(struct runner *r, const struct bench_entry *e, char *why,
		 size_t size);

#endif
