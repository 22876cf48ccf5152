// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>

#include "reports.h"

/* The result line of the @n'th. */
static const char *line(const char *text, int n)
{
	static char found[1024];
	char ok[16], not_ok[16];
	const char *p = text;

	snprintf(ok, sizeof(ok), "ok %d ", n);
	snprintf(not_ok, sizeof(not_ok), "not ok %d ", n);
	while (p && strncmp(p, ok, strlen(ok)) &&
	       strncmp(p, not_ok, strlen(not_ok))) {
		p = strchr(p, '\n');
		p += p != NULL;
	}
	assert_non_null(p);
	snprintf(found, sizeof(found), "%.*s", (int)strcspn(p, "\n"), p);
	return found;
}

static void ktap_has_a_test_for_each_benchmark(void **state)
{
	char *text = document("ktap", all.nitems);

	(void)state;
	/* With nothing between, or the kernel's parser misses the plan. */
	assert_int_equal(strncmp(text, "KTAP version 1\n1..4\n# ", 22), 0);
	assert_string_equal(line(text, 1), "ok 1 micro/fork");
	assert_string_equal(line(text, 2),
			    "ok 2 micro/vmcall # SKIP no, \"AMD\"");
	assert_string_equal(line(text, 3), "ok 3 inter/bandwidth");
	assert_string_equal(line(text, 4), "not ok 4 micro/a,b");
	assert_contains(text, "\n# micro/a,b: it failed: died\nnot ok 4");
	assert_contains(text, "\n# guest.kernel: 6.1\n");
	assert_contains(text, "\n# micro/fork: floor ");
	assert_contains(text, "samples 19+1\nok 1 ");
	assert_contains(text, "\n# inter/bandwidth: clock of 0, \"odd\"\nok 3");
	assert_null(strstr(text, "no result"));
	free(text);
}

static void an_unfinished_one_keeps_its_plan(void **state)
{
	char *text = document("ktap", 0);

	(void)state;
	assert_contains(text, "\n1..4\n");
	free(text);
	all.planned = 6;
	text = document("ktap", all.nitems);
	assert_contains(text, "\n1..6\n");
	assert_contains(text, "\n# 2 of 6 benchmarks have no result\n");
	free(text);
}

/* What the first one breaks, as the lines before "not ok". */
static void breaks(const char *why)
{
	struct result *res = all.items[0];
	char *text = document("ktap", 1);

	assert_string_equal(line(text, 1), "not ok 1 micro/fork");
	assert_contains(text, why);
	assert_false(result_sound(res));
	free(text);
}

static void a_clock_that_lies(void **state)
{
	(void)state;
	assert_true(result_sound(all.items[0]));
	all.items[0]->clock_lies = true;
	breaks("# micro/fork: the guest's clock does not keep up");
}

static void traced_windows_add_up(void **state)
{
	struct exits *x = result_add_exits(all.items[0]);
	char *text;

	(void)state;
	*x = (struct exits){ .runs = 100,
			     .opens = 2,
			     .count = 200,
			     .per_op = 2,
			     .has_stat = true,
			     .stat_exits = 200 };
	text = document("ktap", 1);
	assert_string_equal(line(text, 1), "ok 1 micro/fork");
	assert_contains(text, "exits 2 per operation, 200 in 2 windows\n");
	free(text);
	x->uneven = 1;
	breaks("(1 windows differ)");
	x->uneven = 0;
	x->stat_exits = 201;
	breaks("KVM counted 201 exits in the traced windows, vbench 200");
	/* Where KVM cannot be asked there is nothing to compare. */
	x->has_stat = false;
	assert_true(result_sound(all.items[0]));
	x->lost = 3;
	breaks("3 VM exits were not attributed");
	x->lost = 0;
	x->missed_events = 3;
	assert_true(result_sound(all.items[0]));
	text = document("json", 1);
	assert_contains(text, "\"missed_events\":3");
	free(text);
	strcpy(x->broken, "2x begin without end");
	breaks("markers of traced windows are broken: 2x begin without end");
}

/* What a reader of TAP could take for a directive or another test. */
static void names_and_reasons_are_quoted(void **state)
{
	struct result *res = results_add(&all, "mine/odd # SKIP");
	char *text;

	(void)state;
	result_skip(res, "raises #UD\nnot ok 6");
	text = document("ktap", all.nitems);
	assert_string_equal(line(text, 5),
			    "ok 5 mine/odd _ SKIP # SKIP raises #UD not ok 6");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(ktap_has_a_test_for_each_benchmark),
		TEST(an_unfinished_one_keeps_its_plan),
		TEST(a_clock_that_lies),
		TEST(traced_windows_add_up),
		TEST(names_and_reasons_are_quoted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
