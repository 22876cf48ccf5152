// SPDX-License-Identifier: GPL-2.0-only
/* What marks of a machine's start come to. */
#undef VBENCH_GROUP
#define VBENCH_GROUP boot
#include "../../bench/boot/restore.c"
#include "../../bench/boot/to-connected.c"
#include "../../bench/boot/to-user.c"
#include "unit.h"

static const struct boot_marks booted = {
	.origin = BOOT_KERNEL,
	.start_ns = 1000000,
	.connected_ns = 9000000,
	/* Its clock began somewhere in between, with another value. */
	.init_ns = 77000000,
	.guest_ns = 79000000,
};

static const char *why;

static u64 of(struct benchmark *b, const struct boot_marks *m)
{
	why = NULL;
	return b->boot(m, &why);
}

static void a_guest_that_booted(void **state)
{
	(void)state;
	assert_int_equal(of(&to_connected_benchmark, &booted), 8000000);
	assert_null(why);
	assert_int_equal(of(&to_user_benchmark, &booted), 6000000);
	assert_null(why);
	assert_int_equal(of(&restore_benchmark, &booted), 0);
	assert_contains(why, "needs machines that are copies of a template");
}

static void a_copy_of_a_template(void **state)
{
	struct boot_marks m = booted;

	(void)state;
	m.origin = BOOT_COPY;
	assert_int_equal(of(&restore_benchmark, &m), 8000000);
	assert_null(why);
	assert_int_equal(of(&to_user_benchmark, &m), 0);
	assert_contains(why, "these are copies of a template");
	assert_int_equal(of(&to_connected_benchmark, &m), 0);
	assert_contains(why, "TEMPLATE=no");
}

static void a_process_does_not_boot(void **state)
{
	struct benchmark *all[] = { &restore_benchmark, &to_user_benchmark,
				    &to_connected_benchmark };
	struct boot_marks m = booted;

	(void)state;
	m.origin = BOOT_PROCESS;
	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		assert_int_equal(of(all[i], &m), 0);
		assert_contains(why, "processes of the host");
	}
}

/* What a guest says is not trusted. */
static void a_guest_clock_that_lies(void **state)
{
	struct boot_marks m = booted;

	(void)state;
	m.init_ns = 0;
	assert_int_equal(of(&to_user_benchmark, &m), 0);
	assert_contains(why, "before the guest was started");
	m.init_ns = m.guest_ns + 1;
	assert_int_equal(of(&to_user_benchmark, &m), 0);
	assert_contains(why, "the guest's clock");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_guest_that_booted),
		cmocka_unit_test(a_copy_of_a_template),
		cmocka_unit_test(a_process_does_not_boot),
		cmocka_unit_test(a_guest_clock_that_lies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
