/* SPDX-License-Identifier: GPL-2.0-only */
/* Texts that fit a terminal: lines end at words, numbers keep their units. */
#ifndef VBENCH_WRAP_H
#define VBENCH_WRAP_H

#include <stdio.h>

/* Columns of the terminal that @out is; 0 where it is none: no line is too long
 * then.  What is in memory is taken to go to standard output. */
size_t wrap_columns(FILE *out);
/* Columns that @len bytes of @text take. */
size_t wrap_width(const char *text, size_t len);
/* Bytes of @text that go on a line of @columns (0: all), without the blanks that
 * follow; at least a character. */
size_t wrap_line(const char *text, size_t columns);
/* @text and a line break; the lines after the first are indented. */
void wrap_print(FILE *out, const char *text, size_t columns, size_t indent);
/* The same on the terminal that @out is. */
void wrap_printf(FILE *out, size_t indent, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#endif
