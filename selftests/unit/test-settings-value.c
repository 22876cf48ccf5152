// SPDX-License-Identifier: GPL-2.0-only
/* Sizes and paths of SETTINGS. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "../../user/settings.h"
#include "unit.h"

static void sizes(void **state)
{
	static const struct {
		const char *text;
		unsigned long long mib;
	} good[] = {
		{ "256", 256 },	     { "256M", 256 },	    { "1g", 1024 },
		{ "08G", 8192 },     { "2T", 2ull << 20 },  { "2048K", 2 },
		{ "64T", 64ull << 20 },
	};
	unsigned long long mib;
	char why[512];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		assert_int_equal(settings_mib("MEM", good[i].text, &mib, why,
					      sizeof(why)),
				 0);
		assert_true(mib == good[i].mib);
	}
}

static void bad_sizes(void **state)
{
	static const char *const bad[] = {
		"",	"0",  "0G",    "1.5G",	"-1G", "+1G", " 1G",
		"1G ", "GB", "1GB", "1000K", "65T", "1P",
		"18446744073709551616", "18014398509481984G",
	};
	unsigned long long mib;
	char why[512];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_int_not_equal(settings_mib("MEM", bad[i], &mib, why,
						  sizeof(why)),
				     0);
		assert_contains(why, "MEM=");
		assert_contains(why, "such as 256M");
	}
}

static void counts(void **state)
{
	static const char *const bad[] = { "",	 "0",	"00", "-1",  "+1", " 1",
					   "1 ", "1.5", "1e2", "0x2", "9",
					   "18446744073709551617" };
	unsigned int n;
	char why[512];

	(void)state;
	assert_int_equal(settings_count("N", "8", 8, &n, why, sizeof(why)), 0);
	assert_int_equal(n, 8);
	assert_int_equal(settings_count("N", "08", 8, &n, why, sizeof(why)), 0);
	assert_int_equal(n, 8);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_int_not_equal(settings_count("N", bad[i], 8, &n, why,
						    sizeof(why)),
				     0);
		assert_contains(why, "a whole number from 1 to 8");
	}
}

static void path_is(const char *name, const char *text, const char *want)
{
	char value[PATH_MAX], why[512];

	unsetenv(name);
	snprintf(value, sizeof(value), "%s", text);
	assert_int_equal(settings_path(name, value, why, sizeof(why)), 0);
	assert_string_equal(value, want);
	if (strcmp(text, want))
		assert_string_equal(getenv(name), want);
	else
		assert_null(getenv(name));
}

static void paths(void **state)
{
	(void)state;
	assert_int_equal(chdir("/usr"), 0);
	path_is("KERNEL", "bzImage", "/usr/bzImage");
	path_is("KERNEL", "/boot/vmlinuz", "/boot/vmlinuz");
	path_is("KERNEL", "", "");
	path_is("QEMU", "./qemu", "/usr/qemu");
	path_is("QEMU", "qemu", "qemu");
	path_is("HOST_QEMU", "bin/qemu", "/usr/bin/qemu");
	path_is("APPEND", "./x", "./x");
}

static void too_long(void **state)
{
	char value[PATH_MAX], why[2 * PATH_MAX];

	(void)state;
	memset(value, 'x', sizeof(value));
	value[sizeof(value) - 1] = '\0';
	assert_int_not_equal(settings_path("KERNEL", value, why, sizeof(why)),
			     0);
	assert_contains(why, "too long");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes),
		cmocka_unit_test(bad_sizes),
		cmocka_unit_test(counts),
		cmocka_unit_test(paths),
		cmocka_unit_test(too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
