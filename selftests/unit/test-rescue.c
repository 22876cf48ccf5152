// SPDX-License-Identifier: GPL-2.0-only
/* vbench says where rescued results are only once the whole file is written. */
#include <stdlib.h>
#include <unistd.h>

static int fsync_errno, close_errno;
static int test_fsync(int fd);
static int test_close(int fd);

#define fsync test_fsync
#define close test_close
#include "../../user/rescue.c"
#undef fsync
#undef close

#include "unit.h"

static int test_fsync(int fd)
{
	errno = fsync_errno;
	return fsync_errno ? -1 : fsync(fd);
}

static int test_close(int fd)
{
	close(fd);
	errno = close_errno;
	return close_errno ? -1 : 0;
}

static int setup(void **state)
{
	static char top[64];

	fsync_errno = close_errno = 0;
	snprintf(top, sizeof(top), "/tmp/vbench-unit.XXXXXX");
	*state = mkdtemp(top);
	return !*state || setenv("TMPDIR", top, 1);
}

/* Fails if a test left anything there. */
static int teardown(void **state)
{
	return rmdir(*state);
}

static void a_rescued_text_is_whole(void **state)
{
	char path[PATH_MAX], got[16];
	FILE *f;

	assert_int_equal(rescue_text("results", 7, path, "json"), 0);
	assert_int_equal(strncmp(path, *state, strlen(*state)), 0);
	assert_contains(path, ".json");
	f = fopen(path, "r");
	assert_non_null(f);
	assert_non_null(fgets(got, sizeof(got), f));
	assert_string_equal(got, "results");
	fclose(f);
	assert_int_equal(unlink(path), 0);
}

static void each_fails_and_leaves_nothing(int err)
{
	char path[PATH_MAX];
	FILE *in = tmpfile();

	assert_non_null(in);
	assert_int_equal(rescue_text("results", 7, path, "json"), -err);
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(rescue_file(fileno(in), path, "json"), -err);
	assert_int_equal(access(path, F_OK), -1);
	fclose(in);
}

/* Some file systems report a full disk only then. */
static void fails_if_fsync_does(void **state)
{
	(void)state;
	fsync_errno = ENOSPC;
	each_fails_and_leaves_nothing(ENOSPC);
}

static void fails_if_close_does(void **state)
{
	(void)state;
	close_errno = EDQUOT;
	each_fails_and_leaves_nothing(EDQUOT);
}

#define EACH(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		EACH(a_rescued_text_is_whole),
		EACH(fails_if_fsync_does),
		EACH(fails_if_close_does),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
