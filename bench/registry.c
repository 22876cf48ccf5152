// SPDX-License-Identifier: GPL-2.0-only
/*
 * VBENCH_GROUPS is X(micro) X(inter) ...: one for each folder of bench/, given
 * by the Makefile.  Each is a linker section of struct benchmark, bounded by
 * symbols that GNU ld and lld define for a section whose name is a C
 * identifier.  They must not be weak: a folder that lost its objects has to be
 * an error of the link.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "registry.h"

#define X(g) extern struct benchmark __start_vbench_##g[], __stop_vbench_##g[];
VBENCH_GROUPS
#undef X

#define X(g) { #g, __start_vbench_##g, __stop_vbench_##g },
static const struct {
	const char *name;
	struct benchmark *first, *end;
} groups[] = { VBENCH_GROUPS };
#undef X

#define NGROUPS (sizeof(groups) / sizeof(groups[0]))

static struct bench_entry *entries;
static size_t nentries;

static int by_name(const void *a, const void *b)
{
	const struct bench_entry *x = a, *y = b;
	int d = strcmp(x->group, y->group);

	return d ? d : strcmp(x->bench->name, y->bench->name);
}

static void collect(void)
{
	size_t n = 0;

	for (size_t g = 0; g < NGROUPS; g++)
		n += groups[g].end - groups[g].first;
	entries = calloc(n + 1, sizeof(*entries));
	if (!entries)
		abort();
	for (size_t g = 0; g < NGROUPS; g++)
		for (struct benchmark *b = groups[g].first; b < groups[g].end;
		     b++)
			entries[nentries++] =
				(struct bench_entry){ .group = groups[g].name,
						      .bench = b };
	qsort(entries, nentries, sizeof(*entries), by_name);
}

const struct bench_entry *registry(size_t *count)
{
	if (!entries)
		collect();
	*count = nentries;
	return entries;
}

const char *bench_full_name(const struct bench_entry *e, char *buf, size_t size)
{
	snprintf(buf, size, "%s/%s", e->group, e->bench->name);
	return buf;
}

const struct bench_entry *registry_find(const char *full_name)
{
	char name[BENCH_NAME_MAX];
	size_t n;
	const struct bench_entry *e = registry(&n);

	for (size_t i = 0; i < n; i++)
		if (!strcmp(bench_full_name(&e[i], name, sizeof(name)),
			    full_name))
			return &e[i];
	return NULL;
}

const struct bench_entry *registry_find_twin(void)
{
	char name[BENCH_NAME_MAX], before[BENCH_NAME_MAX] = "";
	size_t n;
	const struct bench_entry *e = registry(&n);

	for (size_t i = 0; i < n; i++) {
		bench_full_name(&e[i], name, sizeof(name));
		if (!strcmp(name, before))
			return &e[i];
		memcpy(before, name, sizeof(before));
	}
	return NULL;
}
