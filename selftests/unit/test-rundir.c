// SPDX-License-Identifier: GPL-2.0-only
/* The run's folder, where write(2) writes only a part. */
#include <stdlib.h>
#include <unistd.h>

static size_t whole_writes; /* after a short one */
static int calls;

/* The first call writes 5 bytes; beyond @whole_writes, the disk is full. */
static ssize_t test_write(int fd, const void *data, size_t len);

#define write test_write
#include "../../user/rescue.c"
#include "../../user/rundir.c"
#undef write

#include "unit.h"

static ssize_t test_write(int fd, const void *data, size_t len)
{
	if (!calls++)
		return write(fd, data, 5);
	if ((size_t)calls <= whole_writes + 1)
		return write(fd, data, len);
	errno = ENOSPC;
	return -1;
}

static int setup(void **state)
{
	static char top[64];

	snprintf(top, sizeof(top), "/tmp/vbench-unit.XXXXXX");
	*state = mkdtemp(top);
	return !*state || setenv("TMPDIR", top, 1);
}

/* Fails if a test left anything there. */
static int teardown(void **state)
{
	return rmdir(*state);
}

static void second_write_completes_the_marker(void **state)
{
	struct rundir r;
	struct stat st;

	(void)state;
	calls = 0;
	whole_writes = 1;
	assert_int_equal(rundir_make(&r), 0);
	assert_int_equal(calls, 2);
	assert_int_equal(fstat(r.fd, &st), 0);
	assert_true(marker_matches(r.lock, rundir_name(&r), &st));
	rundir_remove(&r);
}

static void full_disk_is_the_cause(void **state)
{
	struct rundir r;

	(void)state;
	calls = 0;
	whole_writes = 0;
	assert_int_equal(rundir_make(&r), -ENOSPC);
	assert_string_equal(r.path, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(second_write_completes_the_marker),
		cmocka_unit_test(full_disk_is_the_cause),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
