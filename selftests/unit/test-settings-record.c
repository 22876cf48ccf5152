// SPDX-License-Identifier: GPL-2.0-only
/* What is recorded of settings that vbench does not use itself. */
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "../../user/settings.h"
#include "unit.h"

static void record_is(const char *given, const char *want)
{
	char text[256];

	snprintf(text, sizeof(text), "%s", given);
	settings_record(text, sizeof(text));
	assert_string_equal(text, want);
}

static void which(void **state)
{
	(void)state;
	assert_true(settings_recorded("QEMU_ARGS"));
	assert_true(settings_recorded("CPU"));
	assert_false(settings_recorded("QEMU"));
	assert_false(settings_recorded("MEM"));
}

static void line_breaks(void **state)
{
	(void)state;
	record_is("", "");
	record_is("max,-tsc", "max,-tsc");
	record_is("-device x\n-rtc base=utc", "-device x -rtc base=utc");
	record_is("a\n\tb  c\n", "a  b  c ");
}

static void secrets(void **state)
{
	(void)state;
	record_is("-object secret,id=s,data=a,,b,c -name x",
		  "-object secret,id=s,data=* -name x");
	record_is("-object data=x,qom-type=secret", "-object data=*");
	record_is("-object {\"qom-type\":\"secret\",\"data\":\"x\"} -S",
		  "-object {\"qom-type\":\"secret\",\"data\":* -S");
	record_is("a.password=x\npassword=yy,data=z,secret",
		  "a.password=* password=*");
	record_is("-spice password=", "-spice password=");
	record_is("-drive password-secret=s,file=data=x",
		  "-drive password-secret=s,file=data=*");
	record_is("-device x,data=y", "-device x,data=y");
}

/* With a mark, and not within the two bytes of a character. */
static void long_ones(void **state)
{
	char text[64];

	(void)state;
	snprintf(text, sizeof(text), "0123456789");
	settings_record(text, 11);
	assert_string_equal(text, "0123456789");
	settings_record(text, 10);
	assert_string_equal(text, "012345...");
	snprintf(text, sizeof(text), "01234\u00e4\u00e4\u00e4");
	settings_record(text, 10);
	assert_string_equal(text, "01234...");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(which),
		cmocka_unit_test(line_breaks),
		cmocka_unit_test(secrets),
		cmocka_unit_test(long_ones),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
