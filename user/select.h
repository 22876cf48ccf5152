/* SPDX-License-Identifier: GPL-2.0-only */
/* Which benchmarks the command line asks for. */
#ifndef VBENCH_SELECT_H
#define VBENCH_SELECT_H

#include "../bench/registry.h"

/*
 * A pattern is "group/name", a name (which means the benchmarks of that name in
 * all groups), a group, or a glob over "group/name" or name; no pattern means
 * all.  Returns a malloc'ed array in the registry's order, without duplicates,
 * its length in @count; NULL with a message in @why.
 */
const struct bench_entry **select_benchmarks(char *const *patterns,
					     size_t npatterns, size_t *count,
					     char *why, size_t size);

/*
 * Takes what the patterns of @words mean, with commas between, out of the @count
 * of @list: 0, or -EINVAL with a message in @why: a pattern means nothing, or
 * nothing is left.
 */
int select_exclude(const struct bench_entry **list, size_t *count,
		   const char *words, char *why, size_t size);

/* Whether one of the patterns of @list, with blanks between, means @e. */
bool select_matches(const char *list, const struct bench_entry *e);

#endif
