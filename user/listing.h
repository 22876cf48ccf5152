/* SPDX-License-Identifier: GPL-2.0-only */
/* What "vbench list" found, as a table or as JSON. */
#ifndef VBENCH_LISTING_H
#define VBENCH_LISTING_H

#include <stdio.h>

#include "options.h"
#include "outfile.h"

#define LIST_SCHEMA "vbench-list/1"

struct listing {
	const struct options *opt;
	const struct bench_entry **list;
	size_t n;
	char backend[64]; /* when @reason is there */
	/* Why each would be skipped, "" if it would run; NULL: nobody asked. */
	char (*reason)[MSG_TEXT_MAX];
	bool json; /* else a table on stdout */
	struct outfile file; /* for @json; not open: stdout */
};

/* 0 or -errno.  Documentation/results-format.rst has the schema. */
int listing_json(FILE *f, const struct listing *l);

#endif
