// SPDX-License-Identifier: GPL-2.0-only
#include "../../bench/clock.h"

static u64 fake_now;

static u64 fake_clock_ns(void)
{
	return fake_now;
}

#define clock_ns fake_clock_ns
#include "../../user/active.c"

#include "unit.h"

static void stands_still(void **state)
{
	(void)state;
	active_share();
	fake_now = 1000;
	assert_int_equal(active_ns(), 1000);
	assert_int_equal(active_changes(), 0);
	assert_true(active_stop());
	fake_now = 5000;
	assert_int_equal(active_ns(), 1000);
	assert_false(active_stop());
	assert_true(active_is_stopped());
	assert_int_equal(active_changes(), 1);
	active_go_on();
	assert_int_equal(active_changes(), 2);
	assert_false(active_is_stopped());
	assert_int_equal(active_ns(), 1000);
	fake_now = 5100;
	assert_int_equal(active_ns(), 1100);
	assert_true(active_stop());
	fake_now = 6000;
	active_go_on();
	fake_now = 6001;
	assert_int_equal(active_ns(), 1101);
	assert_int_equal(active_changes(), 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stands_still),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
