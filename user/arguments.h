/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef VBENCH_ARGUMENTS_H
#define VBENCH_ARGUMENTS_H

#include <argp.h>
#include <stddef.h>

/* Copies of @argv that a terminal can show; NULL: out of memory. */
char **arguments_clean(int argc, char **argv);
void arguments_free(char **clean, int argc);

/*
 * argp_parse() into @input, which has @size bytes.  Errors quote the arguments
 * cleaned, so the parser must do nothing but look at them and keep them.
 */
void arguments_parse(const struct argp *argp, int argc, char **argv,
		     unsigned int flags, void *input, size_t size);

#endif
