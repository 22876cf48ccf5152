/* SPDX-License-Identifier: GPL-2.0-only */
/* All benchmarks that were linked in, by group and name. */
#ifndef VBENCH_REGISTRY_H
#define VBENCH_REGISTRY_H

#include "benchmarks.h"

struct bench_entry {
	const char *group; /* the folder: "micro" */
	struct benchmark *bench;
};

/* Sorted by group, then name.  The array lives as long as the program. */
const struct bench_entry *registry(size_t *count);

/* By "group/name"; NULL if there is none. */
const struct bench_entry *registry_find(const char *full_name);

/* One whose "group/name" another one has as well; NULL if there is none. */
const struct bench_entry *registry_find_twin(void);

/* Writes "group/name", cut at @size; returns @buf. */
const char *bench_full_name(const struct bench_entry *e, char *buf,
			    size_t size);

#define BENCH_NAME_MAX 96 /* bytes of "group/name" with its NUL */

#endif
