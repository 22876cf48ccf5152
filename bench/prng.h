/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A random order that is the same in every sample and on every machine, so
 * that figures stay comparable: SplitMix64 (Steele, Lea, Flood, OOPSLA 2014).
 */
#ifndef VBENCH_PRNG_H
#define VBENCH_PRNG_H

#include "benchmarks.h"

static inline u64 prng_next(u64 *state)
{
	u64 z = *state += 0x9e3779b97f4a7c15ull;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return z ^ z >> 31;
}

/* 0 to @n - 1; the bias is below 2^-32 for the small @n that we use. */
static inline u32 prng_below(u64 *state, u32 n)
{
	return (prng_next(state) >> 32) * n >> 32;
}

#endif
