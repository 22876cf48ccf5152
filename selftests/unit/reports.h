/* SPDX-License-Identifier: GPL-2.0-only */
/* Results of all kinds, for the tests of what reads them. */
#ifndef VBENCH_UNIT_REPORTS_H
#define VBENCH_UNIT_REPORTS_H

#include "../../user/report.h"
#include "unit.h"

extern struct results all;

/* Around each test: fill and empty @all. */
int setup(void **state);
int teardown(void **state);

/* @n of them, the second of each pair of twice as many runs. */
void add_samples(struct result *res, int n);

/* The whole document after the first @n results; the caller frees it. */
char *document(const char *name, size_t n);

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

#endif
