// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <float.h>
#include <stdlib.h>

#include "points.h"
#include "unit.h"

#define MANY 200

static void quantile_type_7(void **state)
{
	static const double v[] = { 1, 2, 3, 4, 10 };

	(void)state;
	assert_close(stats_quantile(v, 5, 0), 1, 0);
	assert_close(stats_quantile(v, 5, 0.05), 1.2, 1e-12);
	assert_close(stats_quantile(v, 5, 0.25), 2, 1e-12);
	assert_close(stats_quantile(v, 5, 0.5), 3, 1e-12);
	assert_close(stats_quantile(v, 5, 0.9), 7.6, 1e-12);
	assert_close(stats_quantile(v, 5, 1), 10, 0);
	/* numpy.quantile([1, 2, 3, 4], 0.25) */
	assert_close(stats_quantile(v, 4, 0.25), 1.75, 1e-12);
	assert_close(stats_quantile(v, 1, 0.99), 1, 0);
	assert_close(stats_quantile(v, 0, 0.5), 0, 0);
	assert_close(stats_quantile(v, 5, NAN), 1, 0);
	assert_close(stats_quantile(v, 5, 7), 10, 0);
}

/*
 * By hand from the binomial: 2 P(X <= 0) is 2/64 for n = 6 and 2 P(X <= 1) is
 * 22/1024 for n = 10, where one more would be 112/1024.  For n = 100 the
 * tables (Conover, Practical Nonparametric Statistics) have the 40th and the
 * 61st.
 */
static void median_ranks_by_hand(void **state)
{
	static const struct {
		size_t n, low, high;
	} known[] = { { 6, 0, 5 },
		      { 8, 0, 7 },
		      { 9, 1, 7 },
		      { 10, 1, 8 },
		      { 100, 39, 60 } };
	size_t low, high;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		assert_true(stats_median_ranks(known[i].n, &low, &high));
		assert_int_equal(low, known[i].low);
		assert_int_equal(high, known[i].high);
	}
	for (size_t n = 0; n < 6; n++) {
		assert_false(stats_median_ranks(n, &low, &high));
		assert_int_equal(low, 0);
		assert_int_equal(high, n ? n - 1 : 0);
	}
}

/* Where 2^-n has underflowed the normal approximation is exact enough. */
static void median_ranks_of_many(void **state)
{
	static const size_t sizes[] = { 2000, 4000, 100000, 10000000 };
	size_t low, high;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		double n = sizes[i];

		assert_true(stats_median_ranks(sizes[i], &low, &high));
		assert_close(low, n / 2 - 1.959964 * sqrt(n) / 2, 2);
		assert_int_equal(low + high, sizes[i] - 1);
	}
}

/* In log-normal times, of which the median is 1000. */
static double coverage(size_t n, u64 *rng)
{
	const int trials = 10000;
	struct point p[MANY];
	struct summary s;
	int hit = 0;

	for (int t = 0; t < trials; t++) {
		for (size_t i = 0; i < n; i++) {
			double z = sqrt(2 * exponential(rng, 1)) *
				   cos(2 * M_PI * uniform(rng));

			fill(&p[i], 1, 1, 1000 * exp(z));
		}
		assert_int_equal(stats_summarise(p, n, 0, 0, &s), 0);
		hit += s.low <= 1000 && s.high >= 1000;
	}
	return (double)hit / trials;
}

static void interval_covers_the_median(void **state)
{
	static const size_t sizes[] = { 6, 10, 20, 100 };
	u64 rng = 1;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++)
		assert_true(coverage(sizes[i], &rng) >= 0.95);
}

/* @n points each of 1000 and 2000 runs at 100 ns, never faster than that. */
static void line(struct point *p, size_t n, double fixed, double noise,
		 u64 *rng)
{
	for (size_t i = 0; i < 2 * n; i++) {
		u32 runs = i % 4 == 1 || i % 4 == 2 ? 2000 : 1000;

		fill(&p[i], 1, runs,
		     fixed + 100.0 * runs + exponential(rng, noise));
	}
}

static void fixed_cost_is_taken_off(void **state)
{
	struct point p[MANY];
	struct summary s;
	u64 rng = 2;

	(void)state;
	line(p, MANY / 2, 5000, 500, &rng);
	assert_int_equal(stats_summarise(p, MANY, 5000, 0, &s), 0);
	assert_close(s.fixed, 5000, 0);
	assert_close(s.floor, 100, 0.3);
	assert_int_equal(stats_summarise(p, MANY, 0, 0, &s), 0);
	assert_true(s.floor > 102);
}

/* A point that took less than no runs at all shows that they took less. */
static void fixed_cost_is_in_every_point(void **state)
{
	struct point p[20];
	struct summary s;

	(void)state;
	fill(p, 20, 1000, 105000);
	p[3].total = 300;
	assert_int_equal(stats_summarise(p, 20, 5000, 0, &s), 0);
	assert_close(s.fixed, 300, 0);
	assert_true(s.floor >= 0);
	assert_int_equal(stats_summarise(p, 20, -7, 0, &s), 0);
	assert_close(s.fixed, 0, 0);
}

static void a_few_points(void **state)
{
	struct point p[3];
	struct summary s;

	(void)state;
	fill(p, 1, 10, 50);
	fill(p + 1, 1, 10, 70);
	fill(p + 2, 1, 20, 200);
	assert_int_equal(stats_summarise(p, 0, 0, 0, &s), -ENODATA);
	assert_int_equal(s.used, 0);
	assert_int_equal(stats_summarise(p, 1, 0, 0, &s), 0);
	assert_close(s.floor, 5, 0);
	assert_close(s.typical, 5, 0);
	assert_close(s.p99, 5, 0);
	assert_close(s.low, 5, 0);
	assert_close(s.high, 5, 0);
	assert_close(s.spread, 0, 0);
	assert_int_equal(stats_summarise(p, 2, 0, 0, &s), 0);
	assert_close(s.typical, 6, 1e-12);
	assert_int_equal(stats_summarise(p, 3, 0, 1, &s), 0);
	assert_int_equal(s.used, 3);
	assert_close(s.low, 4, 0);
	assert_close(s.typical, 6, 1e-12);
	assert_close(s.high, 9, 0);
	assert_false(stats_precise(&s, 1e9));
}

static void ties_and_constants(void **state)
{
	static const double totals[] = { 1, 1, 1, 1, 2, 2, 2, 3 };
	struct point p[40];
	struct summary s;

	(void)state;
	for (size_t i = 0; i < 8; i++)
		fill(&p[i], 1, 1, totals[7 - i]);
	assert_int_equal(stats_summarise(p, 8, 0, 0, &s), 0);
	assert_close(s.floor, 1, 0);
	assert_close(s.typical, 1.5, 1e-12);
	assert_close(s.low, 1, 0);
	assert_close(s.high, 3, 0);
	assert_close(s.spread, 1 / 1.5, 1e-12);
	fill(p, 40, 100, 4200);
	assert_int_equal(stats_summarise(p, 40, 0, 0, &s), 0);
	assert_close(s.floor, 42, 0);
	assert_close(s.p99, 42, 0);
	assert_close(s.spread, 0, 0);
	assert_true(stats_precise(&s, 0));
	fill(p, 40, 100, 0);
	assert_int_equal(stats_summarise(p, 40, 0, 0, &s), 0);
	assert_close(s.typical, 0, 0);
	assert_close(s.spread, 0, 0);
}

static void the_loop_is_taken_off_to_zero_at_most(void **state)
{
	struct point p[10];
	struct summary s;

	(void)state;
	fill(p, 10, 100, 4200);
	assert_int_equal(stats_summarise(p, 10, 0, 2, &s), 0);
	assert_close(s.typical, 40, 1e-12);
	assert_int_equal(stats_summarise(p, 10, 0, 100, &s), 0);
	assert_close(s.floor, 0, 0);
	assert_close(s.typical, 0, 0);
}

static void points_without_a_time(void **state)
{
	static const double odd[] = { NAN, INFINITY, -INFINITY, -1 };
	struct point p[12];
	struct summary s;
	double v = 7;

	(void)state;
	fill(p, 12, 1, 10);
	for (size_t i = 0; i < 4; i++) {
		p[i].total = odd[i];
		assert_false(stats_operation(&p[i], 0, 0, &v));
	}
	p[4].runs = 0;
	assert_false(stats_operation(&p[4], 0, 0, &v));
	assert_close(v, 7, 0);
	assert_true(stats_operation(&p[5], 4, 1, &v));
	assert_close(v, 5, 0);
	assert_int_equal(stats_summarise(p, 12, 0, 0, &s), 0);
	assert_int_equal(s.used, 7);
	assert_int_equal(s.tagged, 0);
	assert_close(s.p99, 10, 0);
	assert_int_equal(stats_summarise(p, 5, 0, 0, &s), -ENODATA);
}

static void check_sane(const struct summary *s)
{
	assert_true(isfinite(s->fixed) && s->fixed >= 0);
	assert_true(isfinite(s->floor) && s->floor >= 0);
	assert_true(s->floor <= s->typical && s->typical <= s->p99);
	assert_true(s->low <= s->typical && s->typical <= s->high);
	assert_true(isfinite(s->high) && isfinite(s->p99));
	assert_true(s->spread >= 0);
}

/* From the smallest double to the largest, that of u64 among them. */
static void never_a_nan(void **state)
{
	static const double totals[] = { 0,   DBL_TRUE_MIN, 1,
					 1e9, 0x1p64,	    DBL_MAX,
					 NAN, INFINITY,	    -1 };
	static const u32 runs[] = { 0, 1, 2, 1000, UINT32_MAX };
	struct point p[40];
	struct summary s;
	u64 rng = 4;

	(void)state;
	for (int trial = 0; trial < 20000; trial++) {
		size_t n = prng_below(&rng, 40);
		double per_run = totals[prng_below(&rng, 5)];

		for (size_t i = 0; i < n; i++)
			p[i] = (struct point){
				.runs = runs[prng_below(&rng, 5)],
				.total = totals[prng_below(&rng, 9)],
				.tagged = prng_below(&rng, 2),
				.spell = prng_below(&rng, 4),
			};
		if (!stats_summarise(p, n, per_run * 50, per_run, &s))
			check_sane(&s);
	}
}

static void summarise_tagged(size_t n, size_t tagged, struct summary *s)
{
	struct point p[MANY];

	fill(p, n, 1, 10);
	fill(p, tagged, 1, 1000);
	for (size_t i = 0; i < tagged; i++)
		p[i].tagged = true;
	assert_int_equal(stats_summarise(p, n, 0, 0, s), 0);
}

static void tagged_points_are_left_out(void **state)
{
	struct summary s;

	(void)state;
	summarise_tagged(20, 5, &s);
	assert_int_equal(s.used, 15);
	assert_int_equal(s.tagged, 5);
	assert_false(s.all_tagged);
	assert_close(s.p99, 10, 0);
	/* A quarter is enough. */
	summarise_tagged(100, 75, &s);
	assert_int_equal(s.used, 25);
	assert_false(s.all_tagged);
	summarise_tagged(12, 6, &s);
	assert_int_equal(s.used, 6);
	assert_false(s.all_tagged);
}

static void unless_too_few_are_left(void **state)
{
	static const size_t cases[][2] = {
		{ 100, 76 }, { 12, 7 }, { 12, 12 }, { 3, 1 }
	};
	struct summary s;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		summarise_tagged(cases[i][0], cases[i][1], &s);
		assert_int_equal(s.used, cases[i][0]);
		assert_int_equal(s.tagged, 0);
		assert_true(s.all_tagged);
		assert_true(s.p99 > 10);
	}
	summarise_tagged(3, 0, &s);
	assert_false(s.all_tagged);
}

static void precision(void **state)
{
	struct summary s = {
		.used = 20, .floor = 99, .typical = 100, .low = 99, .high = 101
	};

	(void)state;
	assert_true(stats_precise(&s, 0.01));
	assert_false(stats_precise(&s, 0.009));
	s.used = 5;
	assert_false(stats_precise(&s, 0.01));
	s.used = 0;
	assert_false(stats_precise(&s, 0.01));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(quantile_type_7),
		cmocka_unit_test(median_ranks_by_hand),
		cmocka_unit_test(median_ranks_of_many),
		cmocka_unit_test(interval_covers_the_median),
		cmocka_unit_test(fixed_cost_is_taken_off),
		cmocka_unit_test(fixed_cost_is_in_every_point),
		cmocka_unit_test(a_few_points),
		cmocka_unit_test(ties_and_constants),
		cmocka_unit_test(the_loop_is_taken_off_to_zero_at_most),
		cmocka_unit_test(points_without_a_time),
		cmocka_unit_test(never_a_nan),
		cmocka_unit_test(tagged_points_are_left_out),
		cmocka_unit_test(unless_too_few_are_left),
		cmocka_unit_test(precision),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
