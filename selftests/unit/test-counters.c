// SPDX-License-Identifier: GPL-2.0-only
/* The machine's counters, from a /proc/stat of any number of CPUs. */
#include "../../guest/counters.c"

#include "unit.h"

/* A /proc/stat of @cpus; the file has no name any more. */
static void stat_of(u32 cpus, u64 interrupts)
{
	char name[] = "/tmp/vbench-unit-XXXXXX";
	int fd = mkstemp(name);
	FILE *f = fdopen(fd, "w");

	assert_non_null(f);
	unlink(name);
	fputs("cpu  1 2 3 4 5 6 7 100 9 10\n", f);
	for (u32 i = 0; i < cpus; i++)
		fprintf(f, "cpu%u 1000000 2 3 4 5 6 7 8 9 10\n", i);
	fprintf(f, "intr %llu 0 0 7\nctxt 5\n", (unsigned long long)interrupts);
	fflush(f);
	if (stat_fd >= 0)
		close(stat_fd);
	stat_fd = dup(fd);
	fclose(f);
}

static void any_number_of_cpus(void **state)
{
	static const u32 cpus[] = { 1, 64, 1489, 8192, 2 };
	struct counters c;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cpus); i++) {
		stat_of(cpus[i], 123456 + i);
		counters_read_machine(&c);
		assert_int_equal(c.interrupts, 123456 + i);
		assert_int_equal(c.steal_ns, NSEC_PER_SEC);
	}
}

/* Wherever the end of the buffer falls in the line of interrupts. */
static void number_is_whole(void **state)
{
	struct counters c;

	(void)state;
	for (u32 cpus = 1700; cpus < 1900; cpus++) {
		stat_of(cpus, 1234567890);
		counters_read_machine(&c);
		assert_int_equal(c.interrupts, 1234567890);
	}
}

static void none_to_read(void **state)
{
	struct counters c;

	(void)state;
	close(stat_fd);
	stat_fd = -1;
	counters_read_machine(&c);
	assert_int_equal(c.interrupts, 0);
	assert_int_equal(c.steal_ns, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_number_of_cpus),
		cmocka_unit_test(number_is_whole),
		cmocka_unit_test(none_to_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
