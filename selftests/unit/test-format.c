// SPDX-License-Identifier: GPL-2.0-only
#include <locale.h>

#include "../../user/report.h"
#include "unit.h"

static void times(void **state)
{
	static const struct {
		double v;
		const char *text;
	} known[] = {
		{ 0, "0.00 ns" },	{ 0.004, "0.00 ns" },
		{ 4.321, "4.32 ns" },	{ 9.994, "9.99 ns" },
		{ 9.996, "10.0 ns" },	{ 43.21, "43.2 ns" },
		{ 99.94, "99.9 ns" },	{ 99.96, "100 ns" },
		{ 999.4, "999 ns" },	{ 999.6, "1.00 us" },
		{ 4321, "4.32 us" },	{ 43210, "43.2 us" },
		{ 999.4e3, "999 us" },	{ 999.6e3, "1.00 ms" },
		{ 4.321e6, "4.32 ms" }, { 999.6e6, "1.00 s" },
		{ 4.321e9, "4.32 s" },	{ 3600e9, "3600 s" },
	};
	char buf[32];

	(void)state;
	setlocale(LC_ALL, "C");
	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		assert_string_equal(format_value(known[i].v, "ns", buf,
						 sizeof(buf)),
				    known[i].text);
}

static void other_units_are_kept(void **state)
{
	char buf[32];

	(void)state;
	assert_string_equal(format_value(43210, "ticks", buf, sizeof(buf)),
			    "43210 ticks");
	assert_string_equal(format_value(1.5, "exits", buf, sizeof(buf)),
			    "1.50 exits");
}

static void one_scale_for_several(void **state)
{
	struct scale sc = format_scale(4321, "ns");
	char buf[32];

	(void)state;
	assert_close(sc.div, 1000, 0);
	assert_string_equal(format_scaled(432100, sc, buf, sizeof(buf)),
			    "432 us");
	assert_string_equal(format_scaled(43.21, sc, buf, sizeof(buf)),
			    "0.04 us");
}

static void micro_sign(void **state)
{
	char buf[32];

	(void)state;
	if (!setlocale(LC_ALL, "C.UTF-8"))
		skip();
	assert_true(format_utf8());
	assert_string_equal(format_value(4321, "ns", buf, sizeof(buf)),
			    "4.32 \xc2\xb5s");
	setlocale(LC_ALL, "C");
	assert_false(format_utf8());
}

static void percents(void **state)
{
	char buf[32];

	(void)state;
	assert_string_equal(format_percent(0, buf, sizeof(buf)), "0.0 %");
	assert_string_equal(format_percent(0.0123, buf, sizeof(buf)), "1.2 %");
	assert_string_equal(format_percent(0.0994, buf, sizeof(buf)), "9.9 %");
	assert_string_equal(format_percent(0.0996, buf, sizeof(buf)), "10 %");
	assert_string_equal(format_percent(0.12, buf, sizeof(buf)), "12 %");
	assert_string_equal(format_percent(12, buf, sizeof(buf)), "1200 %");
}

static void bandwidths(void **state)
{
	static const struct {
		u64 bytes;
		double ns;
		const char *text;
	} known[] = {
		{ 1800, 1000, "1.80 GB/s" },	{ 123456, 1000, "123 GB/s" },
		{ 1000, 1000, "1.00 GB/s" },	{ 9994, 10000, "999 MB/s" },
		{ 9998, 10000, "1.00 GB/s" },	{ 4096, 100000, "41.0 MB/s" },
		{ 4096, 1000000, "4.10 MB/s" }, { 4096, 0, "0.00 MB/s" },
		{ 0, 100, "0.00 MB/s" },
	};
	char buf[32];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		assert_string_equal(format_bandwidth(known[i].bytes,
						     known[i].ns, buf,
						     sizeof(buf)),
				    known[i].text);
}

static void short_buffers(void **state)
{
	char buf[5] = "xxxx";

	(void)state;
	format_value(4321, "ns", buf, 4);
	assert_memory_equal(buf, "4.3\0", 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(times),
		cmocka_unit_test(other_units_are_kept),
		cmocka_unit_test(one_scale_for_several),
		cmocka_unit_test(micro_sign),
		cmocka_unit_test(percents),
		cmocka_unit_test(bandwidths),
		cmocka_unit_test(short_buffers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
