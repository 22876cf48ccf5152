/* SPDX-License-Identifier: GPL-2.0-only */
/* A benchmark under way: what is kept from its first spell to its last. */
#ifndef VBENCH_RUN_H
#define VBENCH_RUN_H

#include "exchange.h"
#include "plan.h"

struct runner;

struct run {
	struct runner *r;
	struct result *res;
	struct exchange x; /* the same machines in all spells */
	u32 runs; /* that fill a sample; 0: not calibrated */
	u32 nth, of; /* this spell, of how many */
	double set_up_s; /* of a spell, before its samples: the least so far */
	u32 pass; /* over the suite, from 0, that it is in */
	u64 begin; /* of the spell */
	bool trace; /* attribute its exits in the last spell */
	bool over; /* no spell is to follow */
	bool again; /* repeat the spell: it failed after a stop of the run */
	u32 changes; /* active_changes() when the spell began */
	bool cut; /* before it had all that it was to have */
	struct clock_pair *pairs[PARTNERS_MAX]; /* room for SAMPLES_MAX */
	size_t npairs;
	size_t looked; /* at the figures: samples by then */
};

#endif
