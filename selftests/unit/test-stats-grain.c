// SPDX-License-Identifier: GPL-2.0-only
/* The step of a coarse clock, found in the times that it took. */
#include <stdlib.h>

#include "../../user/stats.h"
#include "unit.h"

static int grain_by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* The grain of @n times of about @mean that a clock of @step shows. */
static double grain_of(double step, double mean, double spread, size_t n,
		       u64 seed)
{
	double v[64];

	for (size_t i = 0; i < n; i++) {
		double begin = uniform(&seed) * 1e9;
		double end = begin + mean * (i % 4 < 2 ? 1 : 2) *
					     (1 + spread * uniform(&seed));

		/* As CLOCK_MONOTONIC is read: whole ns of a stepping counter. */
		v[i] = floor(floor(end / step) * step) -
		       floor(floor(begin / step) * step);
	}
	qsort(v, n, sizeof(*v), grain_by_value);
	return stats_grain(v, n);
}

static void a_coarse_clock_is_found(void **state)
{
	double equal[8];

	(void)state;
	for (u64 seed = 1; seed <= 50; seed++) {
		/* jiffies of 250 and 100 Hz, the ACPI PM timer */
		double four = grain_of(4e6, 9e6, 0.5, 24, seed);
		double ten = grain_of(1e7, 3e6, 0.2, 40, seed);
		double pm = grain_of(279.365, 3000, 1, 30, seed);

		assert_close(four, 4e6, 1);
		assert_close(ten, 1e7, 1);
		assert_close(pm, 279.365, 1);
	}
	for (size_t i = 0; i < ARRAY_SIZE(equal); i++)
		equal[i] = 3e6;
	assert_close(stats_grain(equal, ARRAY_SIZE(equal)), 3e6, 0);
}

static void a_fine_clock_has_no_grain(void **state)
{
	double equal[8] = { 40, 40, 40, 40, 40, 41, 41, 41 };

	(void)state;
	for (u64 seed = 1; seed <= 2000; seed++) {
		assert_close(grain_of(0.4, 1e6, 0.001, 20, seed), 0, 0);
		assert_close(grain_of(0.4, 1e6, 3, 8, seed), 0, 0);
		assert_close(grain_of(10, 1e6, 0.01, 64, seed), 0, 0);
	}
	assert_close(stats_grain(equal, ARRAY_SIZE(equal)), 0, 0);
	assert_close(stats_grain(equal, 7), 0, 0);
	assert_close(stats_grain(equal, 0), 0, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_coarse_clock_is_found),
		cmocka_unit_test(a_fine_clock_has_no_grain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
