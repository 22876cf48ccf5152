/* SPDX-License-Identifier: GPL-2.0-only */
/* Attributed exits, for people and as JSON. */
#ifndef VBENCH_REPORT_EXITS_H
#define VBENCH_REPORT_EXITS_H

#include <jansson.h>
#include <stdio.h>

#include "exits.h"

/* A table in the making: one tree of all that is added. */
struct exits_table;

/* @seconds: of all that is added; 0 for benchmarks, whose exits have a number
 * for each operation instead of one for each second. */
struct exits_table *exits_table_new(FILE *out, double seconds);
int exits_table_add(struct exits_table *t, const char *name,
		    const struct exits *x);
void exits_table_print(struct exits_table *t);
void exits_table_free(struct exits_table *t);

/* Documentation/results-format.rst; NULL without memory. */
json_t *exits_json(const struct exits *x);
/* The inverse: 0 or -ENOMEM. */
int exits_read(struct exits *x, const json_t *j);

#endif
