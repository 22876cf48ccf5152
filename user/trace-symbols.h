/* SPDX-License-Identifier: GPL-2.0-only */
/* Function and line of an address of the guest. */
#ifndef VBENCH_TRACE_SYMBOLS_H
#define VBENCH_TRACE_SYMBOLS_H

#include "exits.h"

/* Fills in functions and lines of the sites from @program, an ELF file that is
 * not relocated, or NULL. */
void symbols_fill(const char *program, struct exits *x);

#endif
