// SPDX-License-Identifier: GPL-2.0-only
/* A file for results, where ftruncate(2) fails. */
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static bool cut_fails;
static int test_ftruncate(int fd, off_t len);

#define ftruncate test_ftruncate
#include "../../user/outfile.c"
#undef ftruncate

#include "unit.h"

static char said[1024];

static int test_ftruncate(int fd, off_t len)
{
	errno = EIO;
	return cut_fails ? -1 : ftruncate(fd, len);
}

void say(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(said, sizeof(said), fmt, ap);
	va_end(ap);
}

void say_detail(const char *fmt, ...)
{
	(void)fmt;
}

static int setup(void **state)
{
	static char top[64];
	FILE *f;

	cut_fails = false;
	said[0] = '\0';
	snprintf(top, sizeof(top), "/tmp/vbench-unit.XXXXXX");
	*state = mkdtemp(top);
	if (!*state || chdir(top) || setenv("TMPDIR", top, 1))
		return -1;
	f = fopen("r.json", "w");
	return !f || fputs("old", f) < 0 || fclose(f);
}

/* Fails if a test left anything but the file there. */
static int teardown(void **state)
{
	return unlink("r.json") || chdir("/") || rmdir(*state);
}

static void has(const char *want)
{
	char got[16] = "";
	FILE *f = fopen("r.json", "r");

	assert_non_null(f);
	assert_non_null(fgets(got, sizeof(got), f));
	fclose(f);
	assert_string_equal(got, want);
}

static void whole_document_replaces_the_old(void **state)
{
	struct outfile f;

	(void)state;
	assert_null(outfile_open(&f, "r.json", "json"));
	assert_int_equal(outfile_put(&f, "new", 3), 0);
	has("old");
	assert_true(outfile_settle(&f));
	has("new");
}

/* As a session does, in a process of its own. */
static void put_a_part(const struct outfile *f)
{
	pid_t pid = fork();
	int status;

	if (!pid) {
		outfile_put(f, "ha", 2);
		outfile_drop(f);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void drop(void)
{
	struct outfile f;

	assert_null(outfile_open(&f, "r.json", "json"));
	put_a_part(&f);
	assert_true(outfile_settle(&f));
	has("old");
	assert_string_equal(said, "");
}

static void a_dropped_part_replaces_nothing(void **state)
{
	(void)state;
	drop();
}

static void nor_does_it_if_it_cannot_be_cut(void **state)
{
	(void)state;
	cut_fails = true;
	drop();
}

#define EACH(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		EACH(whole_document_replaces_the_old),
		EACH(a_dropped_part_replaces_nothing),
		EACH(nor_does_it_if_it_cannot_be_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
