// SPDX-License-Identifier: GPL-2.0-only
#include "../../user/plan.h"
#include "unit.h"

static const struct plan usual = { 4, 2.0, 0.01 };
static const struct plan rough = { 1, 0.25, 0.05 };

static void one_spell_only(void **state)
{
	(void)state;
	assert_int_equal(plan_spells(&usual, false, 0.01), 4);
	assert_int_equal(plan_spells(&usual, true, 0.01), 1);
	assert_int_equal(plan_spells(&rough, false, 0.01), 1);
}

/* Half a second of samples in each of four spells. */
static void a_long_set_up_makes_few_spells(void **state)
{
	(void)state;
	assert_int_equal(plan_spells(&usual, false, 0), 4);
	assert_int_equal(plan_spells(&usual, false, 0.249), 4);
	assert_int_equal(plan_spells(&usual, false, 0.251), 3);
	assert_int_equal(plan_spells(&usual, false, 0.6), 1);
	assert_int_equal(plan_spells(&usual, false, 1000), 1);
}

static void few_spells_are_spread_over_all_passes(void **state)
{
	(void)state;
	for (u32 nth = 0; nth < 4; nth++)
		assert_int_equal(plan_pass(&usual, nth, 4), nth);
	assert_int_equal(plan_pass(&usual, 0, 2), 0);
	assert_int_equal(plan_pass(&usual, 1, 2), 2);
	assert_int_equal(plan_pass(&usual, 1, 3), 1);
	assert_int_equal(plan_pass(&usual, 2, 3), 2);
	assert_int_equal(plan_pass(&usual, 0, 1), 0);
}

static bool over(u32 nth, u32 of, size_t samples, double spent_s)
{
	const struct spell sp = { nth, of, samples, 0, spent_s };

	return plan_spell_over(&usual, &sp);
}

static void a_spell_has_its_part_of_the_time(void **state)
{
	(void)state;
	assert_false(over(0, 4, 100, 0.49));
	assert_true(over(0, 4, 100, 0.51));
	assert_true(over(3, 4, 400, 0.51));
	/* All of it, where there is one spell only. */
	assert_false(over(0, 1, 100, 1.99));
	assert_true(over(0, 1, 100, 2.01));
}

/* 20 samples at least, 5 by the end of the first of four spells. */
static void a_spell_has_its_part_of_the_samples(void **state)
{
	(void)state;
	assert_false(over(0, 4, 4, 1.9));
	assert_true(over(0, 4, 5, 0.51));
	assert_false(over(1, 4, 9, 0.6));
	assert_true(over(1, 4, 10, 0.6));
	assert_false(over(3, 4, 19, 1.9));
	assert_true(over(3, 4, 20, 0.51));
}

/* Of an operation that takes seconds, 6 in all; never none in a spell. */
static void patience_ends(void **state)
{
	(void)state;
	assert_false(over(0, 4, 2, 1.9));
	assert_true(over(0, 4, 2, 2.1));
	assert_false(over(0, 4, 1, 1000));
	assert_false(over(3, 4, 5, 1000));
	assert_true(over(3, 4, 6, 2.1));
	assert_false(over(0, 1, 5, 1000));
	assert_true(over(0, 1, 6, 8.1));
}

/* The room is for 4000. */
static void there_is_an_end_of_samples(void **state)
{
	(void)state;
	assert_false(over(0, 4, 999, 0.1));
	assert_true(over(0, 4, 1000, 0.1));
	assert_true(over(3, 4, SAMPLES_MAX, 0));
	for (u32 of = 1; of <= 100; of++)
		for (u32 nth = 0; nth < of; nth++)
			assert_true(over(nth, of, SAMPLES_MAX, 0));
}

static bool may_stop(const struct plan *p, u32 nth, u32 of, size_t samples,
		     double spent_s)
{
	const struct spell sp = { nth, of, samples, 0, spent_s };

	return plan_may_stop(p, &sp);
}

static void nothing_ends_early_after_one_spell_of_several(void **state)
{
	(void)state;
	assert_false(may_stop(&usual, 0, 4, 400, 0.51));
	assert_true(may_stop(&usual, 1, 4, 800, 0.51));
	/* Not in the middle of it. */
	assert_false(may_stop(&usual, 1, 4, 800, 0.3));
	assert_false(may_stop(&usual, 1, 4, 12, 0.51));
	/* Half of them at least. */
	assert_false(may_stop(&usual, 3, 10, 800, 0.51));
	assert_true(may_stop(&usual, 4, 10, 800, 0.51));
	assert_true(may_stop(&usual, 1, 2, 800, 1.1));
}

static void the_only_spell_may_end_after_half_its_time(void **state)
{
	(void)state;
	assert_false(may_stop(&usual, 0, 1, 400, 0.9));
	assert_true(may_stop(&usual, 0, 1, 400, 1.1));
	assert_false(may_stop(&usual, 0, 1, 16, 1.1));
	assert_true(may_stop(&rough, 0, 1, 16, 0.2));
}

/* Also where a sample is of many events, and any number may come at once. */
static void figures_are_looked_at_now_and_then(void **state)
{
	struct spell sp = { 0, 1, 401, 0, 1.1 };

	(void)state;
	assert_true(plan_may_stop(&usual, &sp));
	sp.looked = 401;
	assert_false(plan_may_stop(&usual, &sp));
	sp.samples = 408;
	assert_false(plan_may_stop(&usual, &sp));
	sp.samples = 409;
	assert_true(plan_may_stop(&usual, &sp));
	sp.samples = 401 + 255;
	assert_true(plan_may_stop(&usual, &sp));
}

static void time_left(void **state)
{
	(void)state;
	/* Nothing is known yet: the budgets. */
	assert_close(plan_left_s(&usual, 0, 0, 10), 20, 1e-12);
	/* Three budgets took 9 s: so will the seven that are left. */
	assert_close(plan_left_s(&usual, 9, 3, 7), 21, 1e-12);
	assert_close(plan_left_s(&usual, 9, 3, 0), 0, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_spell_only),
		cmocka_unit_test(a_long_set_up_makes_few_spells),
		cmocka_unit_test(few_spells_are_spread_over_all_passes),
		cmocka_unit_test(a_spell_has_its_part_of_the_time),
		cmocka_unit_test(a_spell_has_its_part_of_the_samples),
		cmocka_unit_test(patience_ends),
		cmocka_unit_test(there_is_an_end_of_samples),
		cmocka_unit_test(nothing_ends_early_after_one_spell_of_several),
		cmocka_unit_test(the_only_spell_may_end_after_half_its_time),
		cmocka_unit_test(figures_are_looked_at_now_and_then),
		cmocka_unit_test(time_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
