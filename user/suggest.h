/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef VBENCH_SUGGEST_H
#define VBENCH_SUGGEST_H

#include <stddef.h>

/* Finds the candidate that is nearest to a mistyped word. */
struct suggest {
	const char *typed;
	const char *best; /* NULL: none is near enough to be meant */
	size_t distance;
};

/* @candidate must outlive @s. */
void suggest_offer(struct suggest *s, const char *candidate);

#endif
