/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef VBENCH_UNIT_POINTS_H
#define VBENCH_UNIT_POINTS_H

#include "../../user/stats.h"

/* @n equal points of one spell. */
static inline void fill(struct point *p, size_t n, u32 runs, double total)
{
	for (size_t i = 0; i < n; i++)
		p[i] = (struct point){ .runs = runs, .total = total };
}

#endif
