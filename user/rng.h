/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef VBENCH_RNG_H
#define VBENCH_RNG_H

#include "../bench/benchmarks.h"

/* SplitMix64 (Steele, Lea and Flood 2014): the same choice on every machine
 * for the same seed, which random(3) does not promise. */
static inline u64 rng_next(u64 *state)
{
	u64 z = *state += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

/* 0..n-1; n is small, so the bias of the remainder does not matter. */
static inline u32 rng_below(u64 *state, u32 n)
{
	return rng_next(state) % n;
}

#endif
