// SPDX-License-Identifier: GPL-2.0-only
/* The table, and two results side by side. */
#include <stdio.h>
#include <stdlib.h>

#include "reports.h"

static char *shown(bool distribution)
{
	char *text;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	assert_int_equal(report_text(f, &all, distribution), 0);
	fclose(f);
	return text;
}

static void table_has_everything(void **state)
{
	char *text = shown(false);

	(void)state;
	for (size_t i = 0; i < all.nitems; i++)
		assert_contains(text, all.items[i]->name);
	assert_contains(text, "4 machines, Linux 6.1");
	assert_contains(text, "skipped micro/vmcall: no, \"AMD\"");
	assert_contains(text, "failed micro/a,b: died");
	assert_contains(text, "19+1");
	assert_contains(text, "host,0");
	assert_contains(text, "clock of 0");
	assert_contains(text, "2 ok, 1 skipped, 1 failed");
	assert_null(strchr(text, '\033'));
	assert_null(strstr(text, "emulator"));
	free(text);
	results_env(&all, "emulated", "yes");
	text = shown(true);
	assert_contains(text, "times of an emulator");
	assert_contains(text, "micro/fork: 19 samples");
	free(text);
}

static void nothing_to_show(void **state)
{
	struct results none;
	char *text;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	(void)state;
	results_init(&none);
	assert_int_equal(report_text(f, &none, true), 0);
	assert_int_equal(report_compare(f, &none, &none), 0);
	fclose(f);
	assert_contains(text, "0 ok, 0 skipped, 0 failed");
	free(text);
}

static void comparison(void **state)
{
	struct results other;
	struct result *res;
	char *text;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	(void)state;
	results_init(&other);
	strcpy(other.backend, "qemu");
	results_add(&other, "micro/new");
	res = results_add(&other, "micro/fork");
	add_samples(res, 20);
	for (int i = 0; i < 20; i++)
		res->samples[i].guest_ns *= 3;
	result_summarise(res);
	assert_int_equal(report_compare(f, &all, &other), 0);
	fclose(f);
	assert_contains(text, "3.0");
	assert_contains(text, "lo\"cal skipped: no, \"AMD\"");
	assert_contains(text, "not in qemu");
	assert_contains(text, "not in lo\"cal");
	free(text);
	results_free(&other);
}

static char *compared(u64 factor, const char *unit)
{
	struct results other;
	struct result *res;
	char *text;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	results_init(&other);
	strcpy(other.backend, "qemu");
	res = results_add(&other, "micro/fork");
	add_samples(res, 20);
	for (int i = 0; i < 20; i++)
		res->samples[i].guest_ns *= factor;
	strcpy(res->unit, unit);
	result_summarise(res);
	assert_int_equal(report_compare(f, &all, &other), 0);
	fclose(f);
	results_free(&other);
	return text;
}

/* 42 ns and 4.2 us are easier to compare as 42 and 4200 of the same. */
static void comparison_has_one_unit(void **state)
{
	char *text = compared(100, "ns");

	(void)state;
	assert_contains(text, "42.0 ns");
	assert_contains(text, "4200 ns");
	assert_null(strstr(text, "us"));
	free(text);
	text = compared(100, "ns/s");
	assert_contains(text, "not comparable: in ns and in ns/s");
	assert_null(strstr(text, "100"));
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(table_has_everything),
		TEST(nothing_to_show),
		TEST(comparison),
		TEST(comparison_has_one_unit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
