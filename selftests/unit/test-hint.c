// SPDX-License-Identifier: GPL-2.0-only
/* Which errno has a known cause. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "../../user/hint.h"
#include "unit.h"

static char path[] = "/tmp/vbench-test-hint.XXXXXX";

static int make_sysctl(void **state)
{
	int fd = mkstemp(path);

	(void)state;
	return fd < 0 || close(fd);
}

static int remove_sysctl(void **state)
{
	(void)state;
	return unlink(path);
}

static void set(const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
}

static void restricted(void **state)
{
	(void)state;
	set("1\n");
	assert_contains(hint_namespaces(-EPERM, path),
			"kernel.apparmor_restrict_unprivileged_userns=1");
	assert_contains(hint_namespaces(-EACCES, path), "as root");
	assert_string_equal(hint_namespaces(-ENOSPC, path), "");
}

static void not_restricted(void **state)
{
	(void)state;
	set("0\n");
	assert_string_equal(hint_namespaces(-EPERM, path), "");
	set("");
	assert_string_equal(hint_namespaces(-EPERM, path), "");
	assert_string_equal(hint_namespaces(-EPERM, "/nonexistent"), "");
}

static void scripts(void **state)
{
	(void)state;
	assert_contains(hint_exec(-ENOENT), "#! line exist");
	assert_contains(hint_exec(-ENOEXEC), "begin with a #! line");
	assert_contains(hint_exec(-ENOSPC), "TMPDIR=");
	assert_string_equal(hint_exec(-EACCES), "");
}

/* Fields as in proc(5). */
static void chroots(void **state)
{
	(void)state;
	set("21 1 8:1 / / rw - ext4 /dev/sda1 rw\n"
	    "22 21 0:5 / /proc rw - proc proc rw\n");
	assert_false(hint_in_chroot(path));
	set("22 21 0:5 / /proc rw - proc proc rw\n"
	    "23 21 8:1 /usr /usr rw - ext4 /dev/sda1 rw\n");
	assert_true(hint_in_chroot(path));
	set("");
	assert_false(hint_in_chroot(path));
	assert_false(hint_in_chroot("/nonexistent"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(restricted),
		cmocka_unit_test(not_restricted),
		cmocka_unit_test(scripts),
		cmocka_unit_test(chroots),
	};

	return cmocka_run_group_tests(tests, make_sysctl, remove_sysctl);
}
