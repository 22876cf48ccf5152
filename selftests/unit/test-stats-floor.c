// SPDX-License-Identifier: GPL-2.0-only
/* The floor: a low quantile of the floors of spells. */
#include "points.h"
#include "unit.h"

#define MANY 200

/* The mean of what the floor of @n uniform values is of the range, all of one
 * spell or each of its own. */
static double mean_floor(size_t n, bool apart, u64 *rng)
{
	struct spelled v[400] = { 0 };
	double room[400], sum = 0;

	for (int trial = 0; trial < 4000; trial++) {
		for (u32 i = 0; i < n; i++)
			v[i] = (struct spelled){ uniform(rng), apart ? i : 0 };
		sum += stats_floor(v, n, room);
	}
	return sum / 4000;
}

static double floor_of(const double *value, const u32 *spell, size_t n)
{
	struct spelled v[16];
	double room[16];

	for (size_t i = 0; i < n; i++)
		v[i] = (struct spelled){ value[i], spell[i] };
	return stats_floor(v, n, room);
}

static void floor_is_the_same_for_any_number(void **state)
{
	u64 rng = 4;

	(void)state;
	assert_close(mean_floor(4, false, &rng), 0.2, 0.01);
	assert_close(mean_floor(60, false, &rng), 0.2, 0.01);
	assert_close(mean_floor(400, false, &rng), 0.2, 0.01);
	assert_close(mean_floor(3, true, &rng), 0.3, 0.015);
	assert_close(mean_floor(10, true, &rng), 0.3, 0.015);
	assert_close(mean_floor(40, true, &rng), 0.3, 0.015);
	assert_close(floor_of((double[]){ 7 }, (u32[]){ 1 }, 1), 7, 0);
	assert_close(floor_of((double[]){ 8, 7 }, (u32[]){ 1, 1 }, 2), 7, 0);
}

/* Type 6's 30 % of 1, 2, 3, 4 is at 0.3 (4 + 1) = 1.5. */
static void floor_is_a_quantile_of_the_spells(void **state)
{
	(void)state;
	assert_close(floor_of((double[]){ 3, 9, 1, 4, 8, 2, 5 },
			      (u32[]){ 4, 4, 2, 1, 1, 3, 1 }, 7),
		     1.5, 1e-12);
	assert_close(floor_of((double[]){ 9, 7 }, (u32[]){ 1, 2 }, 2), 7, 0);
}

/* A core that is fast for one spell in ten makes no floor, nor does one that is
 * slow for as long, however many samples that spell has. */
static void one_spell_makes_no_floor(void **state)
{
	static const double odd[] = { 10, 1000 };
	struct point p[MANY];
	struct summary s;

	(void)state;
	for (size_t k = 0; k < ARRAY_SIZE(odd); k++) {
		fill(p, MANY, 1, 100);
		for (u32 i = 0; i < MANY; i++)
			p[i].spell = i < MANY / 2 ? 1 : 2 + i % 9;
		fill(p, MANY / 2 - 1, 1, odd[k]);
		for (u32 i = 0; i < MANY / 2 - 1; i++)
			p[i].spell = 1;
		assert_int_equal(stats_summarise(p, MANY, 0, 0, &s), 0);
		assert_close(s.floor, 100, 0);
	}
}

static void floor_is_not_above_the_median(void **state)
{
	struct point p[10];
	struct summary s;

	(void)state;
	fill(p, 7, 1, 10);
	fill(p + 7, 3, 1, 90);
	for (u32 i = 0; i < 3; i++)
		p[7 + i].spell = 1 + i;
	assert_int_equal(stats_summarise(p, 10, 0, 0, &s), 0);
	assert_close(s.typical, 10, 0);
	assert_close(s.floor, 10, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(floor_is_the_same_for_any_number),
		cmocka_unit_test(floor_is_a_quantile_of_the_spells),
		cmocka_unit_test(one_spell_makes_no_floor),
		cmocka_unit_test(floor_is_not_above_the_median),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
