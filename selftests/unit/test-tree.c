// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../user/tree.h"
#include "unit.h"

/* The working folder of each test; removed with "rm" at the end. */
static char top[64];

static int setup(void **state)
{
	(void)state;
	snprintf(top, sizeof(top), "/tmp/vbench-unit.XXXXXX");
	return !mkdtemp(top) || chdir(top);
}

static int teardown(void **state)
{
	char command[96];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", top);
	return chdir("/") || system(command);
}

static void make_file(const char *path)
{
	int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	close(fd);
}

static int make_folder(const char *path)
{
	int fd;

	assert_int_equal(mkdir(path, 0700), 0);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(fd >= 0);
	return fd;
}

static bool exists(const char *path)
{
	struct stat st;

	return !lstat(path, &st);
}

static void removes_all(void **state)
{
	int fd = make_folder("run");

	(void)state;
	close(make_folder("run/a"));
	close(make_folder("run/a/b"));
	make_file("run/a/b/file");
	make_file("run/file");
	assert_int_equal(mkfifo("run/a/fifo", 0600), 0);
	assert_true(tree_remove(AT_FDCWD, "run", fd));
	assert_false(exists("run"));
	close(fd);
}

static void follows_no_link(void **state)
{
	int fd = make_folder("run");

	(void)state;
	close(make_folder("precious"));
	make_file("precious/file");
	assert_int_equal(symlink("../precious", "run/link"), 0);
	assert_true(tree_remove(AT_FDCWD, "run", fd));
	assert_true(exists("precious/file"));
	close(fd);
}

/* Another folder, or a link to one, has its name meanwhile. */
static void another_of_that_name(void **state)
{
	int fd = make_folder("run");

	(void)state;
	make_file("run/file");
	close(make_folder("precious"));
	make_file("precious/file");
	assert_int_equal(rename("run", "moved"), 0);
	assert_int_equal(symlink("precious", "run"), 0);
	assert_false(tree_remove(AT_FDCWD, "run", fd));
	assert_true(exists("precious/file"));
	assert_false(exists("moved/file"));
	assert_int_equal(unlink("run"), 0);
	assert_int_equal(rename("precious", "run"), 0);
	assert_false(tree_remove(AT_FDCWD, "run", fd));
	assert_true(exists("run/file"));
	close(fd);
}

/* A guest can make folders in one that is shared with it. */
static void too_deep(void **state)
{
	int fd = make_folder("run"), there;

	(void)state;
	assert_int_equal(chdir("run"), 0);
	for (int i = 0; i < 2000; i++) {
		there = make_folder("d");
		assert_int_equal(fchdir(there), 0);
		close(there);
	}
	assert_int_equal(chdir(top), 0);
	assert_false(tree_remove(AT_FDCWD, "run", fd));
	assert_true(exists("run"));
	close(fd);
}

#define EACH(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		EACH(removes_all),
		EACH(follows_no_link),
		EACH(another_of_that_name),
		EACH(too_deep),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
