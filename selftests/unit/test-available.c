// SPDX-License-Identifier: GPL-2.0-only
/* The limits of cgroups, of both versions, as files of the test's own. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../bench/available.h"
#include "unit.h"

static char root[] = "/tmp/vbench-test-available.XXXXXX";

static void put(const char *name, const char *text)
{
	char path[512];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", root, name);
	for (char *p = path + strlen(root) + 1; (p = strchr(p, '/')); p++) {
		*p = '\0';
		mkdir(path, 0700);
		*p = '/';
	}
	f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
}

static int begin(void **state)
{
	(void)state;
	if (!mkdtemp(root))
		return -1;
	put("proc/meminfo", "MemTotal: 9999999 kB\nMemAvailable: 4194304 kB\n");
	return 0;
}

static int end(void **state)
{
	char command[256];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", root);
	if (system(command))
		return -1;
	snprintf(root, sizeof(root), "/tmp/vbench-test-available.XXXXXX");
	return 0;
}

static void no_cgroup(void **state)
{
	struct available m;

	(void)state;
	available_read(&m, root);
	assert_true(m.mib == 4096);
	assert_string_equal(m.limit, "");
}

/* The group above allows less than the own one. */
static void version_2(void **state)
{
	struct available m;

	(void)state;
	put("proc/self/cgroup", "0::/user.slice/run.scope\n");
	put("proc/self/mountinfo", "30 1 0:26 / /sys/fs/cgroup rw shared:4 - "
				   "cgroup2 cgroup2 rw,nsdelegate\n");
	put("sys/fs/cgroup/user.slice/memory.max", "536870912\n");
	put("sys/fs/cgroup/user.slice/memory.current", "209715200\n");
	put("sys/fs/cgroup/user.slice/memory.stat",
	    "anon 1\ninactive_file 104857600\n");
	put("sys/fs/cgroup/user.slice/run.scope/memory.max", "max\n");
	put("sys/fs/cgroup/user.slice/run.scope/memory.events",
	    "low 0\noom 1\noom_kill 3\noom_group_kill 0\n");
	available_read(&m, root);
	assert_true(m.mib == 412);
	assert_true(m.limit_mib == 512);
	assert_contains(m.limit, "/user.slice/memory.max");
	assert_true(available_kills(&m) == 3);
}

/* What is not killed, but nearly stands still. */
static void version_2_high(void **state)
{
	struct available m;

	version_2(state);
	put("sys/fs/cgroup/user.slice/run.scope/memory.current", "0\n");
	put("sys/fs/cgroup/user.slice/run.scope/memory.high", "268435456\n");
	available_read(&m, root);
	assert_true(m.mib == 256);
	assert_contains(m.limit, "/run.scope/memory.high");
}

/* In a container, whose own group is mounted. */
static void version_1(void **state)
{
	struct available m;

	(void)state;
	put("proc/self/cgroup", "5:cpu,cpuacct:/\n4:memory:/docker/ab\n0::/\n");
	put("proc/self/mountinfo",
	    "31 1 0:27 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n"
	    "32 1 0:28 /docker/ab /sys/fs/cgroup/memory rw - cgroup cgroup "
	    "rw,memory\n");
	put("sys/fs/cgroup/memory/memory.limit_in_bytes", "1073741824\n");
	put("sys/fs/cgroup/memory/memory.usage_in_bytes", "1048576\n");
	put("sys/fs/cgroup/memory/memory.stat", "total_inactive_file 0\n");
	put("sys/fs/cgroup/memory/memory.oom_control",
	    "oom_kill_disable 0\nunder_oom 0\noom_kill 2\n");
	available_read(&m, root);
	assert_true(m.mib == 1023);
	assert_contains(m.limit, "memory.limit_in_bytes");
	assert_true(available_kills(&m) == 2);
}

/* What version 1 shows where nothing is limited. */
static void unlimited(void **state)
{
	struct available m;

	(void)state;
	put("proc/self/cgroup", "4:memory:/\n");
	put("proc/self/mountinfo",
	    "32 1 0:28 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n");
	put("sys/fs/cgroup/memory/memory.limit_in_bytes",
	    "9223372036854771712\n");
	available_read(&m, root);
	assert_true(m.mib == 4096);
	assert_string_equal(m.limit, "");
}

#define IN_ROOT(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_ROOT(no_cgroup),
		IN_ROOT(version_2),
		IN_ROOT(version_2_high),
		IN_ROOT(version_1),
		IN_ROOT(unlimited),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
