/* SPDX-License-Identifier: GPL-2.0-only */
/* Function and line of an address of the guest. */
#ifndef VBENCH_TRACE_SYMBOLS_H
#define VBENCH_TRACE_SYMBOLS_H

#include "exits.h"

/* Fills in what @program, an ELF file that is not relocated, tells of the
 * sites' addresses; NULL for none. */
void symbols_fill(const char *program, struct exits *x);

#endif
