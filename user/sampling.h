/* SPDX-License-Identifier: GPL-2.0-only */
/* Samples of a benchmark that its machines have begun. */
#ifndef VBENCH_SAMPLING_H
#define VBENCH_SAMPLING_H

#include "run.h"

/*
 * Both return as exchange_sample().
 *
 * What no runs cost, in each spell: the samples that tell it also warm its
 * fresh process up.  How many spells there are to be, by the time that this
 * takes; and in the first, how many runs fill a sample.
 */
int sampling_prepare(struct run *run);
/* Takes samples until the spell is over, and ends the benchmark as well where
 * they are good enough. */
int sampling_gather(struct run *run);

/* How many spells it will have had in the end, which is in the last pass. */
u32 sampling_spells(const struct run *run);

/* A port for the next pair. */
u32 sampling_port(struct run *run);

#endif
