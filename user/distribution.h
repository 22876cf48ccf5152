/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef VBENCH_DISTRIBUTION_H
#define VBENCH_DISTRIBUTION_H

#include <stdio.h>

#include "result.h"

/* --distribution: a histogram of the samples that count, as rows. */
void distribution_print(FILE *out, const struct result *res);

#endif
