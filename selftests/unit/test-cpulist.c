// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>

#include "../../bench/cpus.h"
#include "../../user/cpulist.h"
#include "unit.h"

static struct cpulists l;
static char why[256];

/* Stands for the CPUs of a large machine: all even ones from 0, and 5. */
bool cpus_may_use(u32 cpu)
{
	return (cpu % 2 == 0 && cpu < 4096) || cpu == 5;
}

static int parse(const char *text, u32 machines)
{
	cpulists_free(&l);
	return cpulists_parse(&l, text, machines, why, sizeof(why));
}

/* The CPUs of @machine. */
static void assert_cpus(u32 machine, const char *text)
{
	const struct cpulist *m = cpulists_of(&l, machine);
	char buf[128];

	assert_non_null(m);
	assert_string_equal(cpulist_text(m->cpu, m->n, buf, sizeof(buf)), text);
}

static void one_for_each_machine(void **state)
{
	(void)state;
	assert_int_equal(parse("4,0", 3), 0);
	assert_cpus(0, "CPU 4");
	assert_cpus(1, "CPU 0");
	assert_cpus(2, "CPU 4");
	assert_int_equal(parse("0,0", 2), 0);
	assert_cpus(1, "CPU 0");
}

static void all_for_one_machine(void **state)
{
	(void)state;
	assert_int_equal(parse("4-5,0", 1), 0);
	assert_cpus(0, "CPUs 4-5,0");
}

static void a_list_for_each(void **state)
{
	(void)state;
	assert_int_equal(parse("4-5:0,2,0:2048", 4), 0);
	assert_cpus(0, "CPUs 4-5");
	assert_cpus(1, "CPUs 0,2");
	assert_cpus(2, "CPU 2048");
	assert_cpus(3, "CPUs 4-5");
}

static void none(void **state)
{
	(void)state;
	cpulists_free(&l);
	assert_null(cpulists_of(&l, 0));
}

static void says_what_is_wrong(void **state)
{
	static const char *const bad[] = { "",	  ",",	 "0,",	":",   "0:",
					   "0::2", "4-0", "0-",	"a",   "0-1-2",
					   ":0",   "-1",  "0;2", "0:,", "0 2" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		for (u32 machines = 1; machines < 3; machines++) {
			assert_int_equal(parse(bad[i], machines), -EINVAL);
			assert_contains(why, "--cpus=");
		}
	assert_int_equal(parse("0,3", 2), -EINVAL);
	assert_contains(why, "--cpus=0,3: CPU 3 cannot be used here");
	assert_int_equal(parse("0-99999999999999999999", 2), -EINVAL);
	assert_contains(why, "CPU 1 cannot be used here");
	assert_int_equal(parse("4294967296", 2), -EINVAL);
	assert_contains(why, "CPU 4294967296 cannot be used here");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_for_each_machine),
		cmocka_unit_test(all_for_one_machine),
		cmocka_unit_test(a_list_for_each),
		cmocka_unit_test(none),
		cmocka_unit_test(says_what_is_wrong),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
