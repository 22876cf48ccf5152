// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>

#include "../../user/distribution.h"
#include "reports.h"

/* Times of one run each. */
static char *histogram(const u64 *ns, size_t n)
{
	struct result *res = results_add(&all, "micro/histogram");
	char *text;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	for (size_t i = 0; i < n; i++) {
		struct sample *s = result_add_sample(res);

		s->runs = 1;
		s->guest_ns = ns[i];
	}
	distribution_print(f, res);
	fclose(f);
	return text;
}

/* The samples' parts, of which there are @bins, make up the whole. */
static void assert_whole(const char *text, int bins)
{
	double sum = 0;

	for (; (text = strchr(text, ':')); text++)
		if (strchr("0123456789 ", text[1]) && strchr(text, '%')) {
			double part = atof(text + 1);

			bins -= part > 0 && text[6] == '%';
			sum += text[6] == '%' ? part : 0;
		}
	assert_int_equal(bins, 0);
	assert_close(sum, 100, 0.6);
}

static void distribution_of_constants(void **state)
{
	static const u64 ns[] = { 42, 42, 42, 42 }, zero[] = { 0, 0 };
	char *text = histogram(ns, ARRAY_SIZE(ns));

	(void)state;
	assert_contains(text, "4 samples\n");
	assert_contains(text, "42.0 ns:100.0%");
	assert_whole(text, 1);
	free(text);
	text = histogram(zero, ARRAY_SIZE(zero));
	assert_contains(text, "0.00 ns:100.0%");
	free(text);
}

static void distribution_of_wide_data(void **state)
{
	static const u64 ns[] = { 10, 100, 1000, 10000, 100000, 10000000 };
	static const u64 from_zero[] = { 0, 1, 2, 1000 };
	char *text = histogram(ns, ARRAY_SIZE(ns));

	(void)state;
	assert_contains(text, "6 samples, on a logarithmic scale");
	assert_whole(text, 6);
	free(text);
	text = histogram(from_zero, ARRAY_SIZE(from_zero));
	assert_contains(text, "4 samples, on a logarithmic scale");
	assert_contains(text, ": 50.0%");
	assert_whole(text, 3);
	free(text);
	text = histogram(NULL, 0);
	assert_string_equal(text, "");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(distribution_of_constants),
		TEST(distribution_of_wide_data),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
