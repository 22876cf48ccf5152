// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "../../bench/cgroup.h"
#include "unit.h"

static char top[64], list[80];

static int setup(void **state)
{
	char path[80];

	(void)state;
	strcpy(top, "/tmp/vbench-unit-XXXXXX");
	if (!mkdtemp(top))
		return -1;
	snprintf(list, sizeof(list), "%s/list", top);
	snprintf(path, sizeof(path), "%s/memory", top);
	return mkdir(path, 0700);
}

static int teardown(void **state)
{
	char cmd[128];

	(void)state;
	snprintf(cmd, sizeof(cmd), "rm -rf %s", top);
	return system(cmd);
}

/* Writes @text to a file of the made-up mount, whose folders it makes. */
static void write_to(const char *name, const char *text)
{
	char path[256];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", top, name);
	for (char *c = path + strlen(top) + 1; (c = strchr(c, '/')); c++) {
		*c = '\0';
		mkdir(path, 0700);
		*c = '/';
	}
	f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static void no_limit(void **state)
{
	(void)state;
	assert_true(cgroup_memory_left("/nonexistent", top) == UINT64_MAX);
	write_to("list", "0::/a/b\n");
	assert_true(cgroup_memory_left(list, top) == UINT64_MAX);
	write_to("a/memory.max", "max\n");
	write_to("a/memory.current", "5000\n");
	assert_true(cgroup_memory_left(list, top) == UINT64_MAX);
}

static void least_of_all_above(void **state)
{
	(void)state;
	write_to("list", "1:name=systemd:/x\n0::/a/b\n");
	write_to("memory.max", "max\n");
	write_to("a/memory.max", "10000\n");
	write_to("a/memory.current", "9000\n");
	write_to("a/b/memory.max", "5000\n");
	write_to("a/b/memory.current", "1000\n");
	assert_int_equal(cgroup_memory_left(list, top), 1000);
	write_to("a/memory.stat", "anon 1\ninactive_file 6000\nfile 7000\n");
	assert_int_equal(cgroup_memory_left(list, top), 4000);
	write_to("a/b/memory.current", "6000\n");
	assert_int_equal(cgroup_memory_left(list, top), 0);
}

/* As seen in a container with a namespace of control groups. */
static void of_the_root(void **state)
{
	(void)state;
	write_to("list", "0::/\n");
	write_to("memory.max", "4096\n");
	write_to("memory.current", "96\n");
	assert_int_equal(cgroup_memory_left(list, top), 4000);
}

static void first_version(void **state)
{
	(void)state;
	write_to("list", "4:cpu,memory:/box\n0::/\n");
	write_to("memory/memory.limit_in_bytes", "9223372036854771712\n");
	write_to("memory/box/memory.limit_in_bytes", "8000\n");
	write_to("memory/box/memory.usage_in_bytes", "7000\n");
	write_to("memory/box/memory.stat", "total_inactive_file 500\n");
	assert_int_equal(cgroup_memory_left(list, top), 1500);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(no_limit, setup, teardown),
		cmocka_unit_test_setup_teardown(least_of_all_above, setup,
						teardown),
		cmocka_unit_test_setup_teardown(of_the_root, setup, teardown),
		cmocka_unit_test_setup_teardown(first_version, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
