/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tables on a terminal or in a pipe.  On a terminal that is too narrow, names and
 * notes go on in the lines below, and figures are left out from the right: none is
 * cut.  A pipe has no width.
 */
#ifndef VBENCH_TABLE_H
#define VBENCH_TABLE_H

#include <stdbool.h>
#include <stdio.h>

struct table;

enum column_kind {
	COLUMN_TEXT, /* left */
	COLUMN_NUMBER, /* right */
	COLUMN_REST, /* left, the last one: goes below where it does not fit */
	COLUMN_TREE, /* left, with the lines that join the levels */
};

#define TABLE_DEPTH 4
#define TABLE_COLUMNS 12

/* NULL without memory; it prints to @out, which may be open_memstream(3)'s. */
struct table *table_new(FILE *out);
/* The columns' numbers count from 0 in the order of these calls; a line break
 * in @head makes a head of two lines. */
int table_column(struct table *t, const char *head, enum column_kind kind);
/* Begins a line; table_cell() fills it, what is not filled stays empty. */
int table_line(struct table *t);
/* The same in a tree: level 0, or one below the last line of the level above;
 * level < TABLE_DEPTH. */
int table_line_at(struct table *t, int level);
/* 0 or -ENOMEM; @text is copied. */
int table_cell(struct table *t, int column, const char *text);
/* The whole line dim, where colours are to be had: skipped ones. */
void table_dim(struct table *t);
/* The same, bold: what the lines below it are parts of. */
void table_bold(struct table *t);
void table_print(struct table *t);
void table_free(struct table *t);

#endif
