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
	assert_contains(text, "\nlo\"cal skipped micro/vmcall: no, \"AMD\"\n");
	assert_contains(text, "not in qemu");
	assert_contains(text, "\nlo\"cal lacks micro/new: ");
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
	result_describe(res, "", unit);
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
	assert_null(strstr(text, "0 us"));
	free(text);
	text = compared(100, "ns/s");
	assert_contains(text, "not comparable: in ns and in ns/s");
	assert_null(strstr(text, "100"));
	free(text);
}

/* @a beside @b, which are emptied. */
static char *beside(struct results *a, struct results *b)
{
	char *text;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	assert_int_equal(report_compare(f, a, b), 0);
	fclose(f);
	results_free(a);
	results_free(b);
	return text;
}

static void begin_two(struct results *a, struct results *b)
{
	results_init(a);
	results_init(b);
	strcpy(a->backend, "qemu");
	strcpy(b->backend, "kvm");
}

/* One with figures of @ns. */
static struct result *add_figures(struct results *r, const char *name,
				  double ns)
{
	struct result *res = results_add(r, name);

	res->precise = true;
	res->summary = (struct summary){ .used = 9,
					 .floor = ns,
					 .typical = ns,
					 .p99 = ns,
					 .low = ns,
					 .high = ns };
	return res;
}

static void a_failure_comes_before_a_skip(void **state)
{
	struct results a, b;
	const char *skipped, *failed;
	char *text;

	(void)state;
	begin_two(&a, &b);
	result_skip(results_add(&a, "micro/a"), "no module");
	result_fail(results_add(&b, "micro/a"), "killed");
	text = beside(&a, &b);
	skipped = strstr(text, "qemu skipped micro/a: no module\n");
	failed = strstr(text, "kvm failed micro/a: killed\n");
	assert_non_null(skipped);
	assert_non_null(failed);
	assert_true(failed < skipped);
	free(text);
}

/* A line holds figures only.  A reason that many benchmarks share stands once, below. */
static void reasons_are_below_the_table(void **state)
{
	struct results a, b;
	char name[16], *text, *line;

	(void)state;
	begin_two(&a, &b);
	for (int i = 0; i < 9; i++) {
		snprintf(name, sizeof(name), "kernel/%d", i);
		result_skip(results_add(&a, name), "no module");
		add_figures(&b, name, 20);
	}
	result_skip(results_add(&a, "micro/a"), "no disk");
	add_figures(&b, "micro/a", 20);
	text = beside(&a, &b);
	line = strstr(text, "\nkernel/3 ");
	assert_non_null(line);
	assert_memory_equal(strchr(line + 1, '\n') - 12, "qemu skipped", 12);
	assert_contains(text, "\nqemu skipped 9 of group kernel: no module\n"
			      "qemu skipped micro/a: no disk\n");
	free(text);
}

/* Names that agree for long, and one that is there twice, have their own
 * figures. */
static void names_are_told_apart(void **state)
{
	struct results a, b;
	char name[300], *text;

	(void)state;
	begin_two(&a, &b);
	memset(name, 'x', sizeof(name));
	strcpy(name + 200, "1");
	add_figures(&a, name, 10);
	add_figures(&b, name, 20);
	strcpy(name + 200, "2");
	add_figures(&a, name, 11);
	add_figures(&b, name, 44);
	add_figures(&a, "micro/twice", 12);
	add_figures(&a, "micro/twice", 13);
	add_figures(&b, "micro/twice", 36);
	add_figures(&b, "micro/twice", 52);
	text = beside(&a, &b);
	assert_contains(text, "x1  10.0 ns  20.0 ns   2.00");
	assert_contains(text, "x2  11.0 ns  44.0 ns   4.00");
	assert_contains(text, "12.0 ns  36.0 ns   3.00");
	assert_contains(text, "13.0 ns  52.0 ns   4.00");
	assert_contains(text, "micro/twice (no. 2)");
	free(text);
}

static void notes_and_tails_are_kept(void **state)
{
	struct results a, b;
	struct result *res;
	char *text;

	(void)state;
	begin_two(&a, &b);
	a.precision = b.precision = 0.01;
	add_figures(&a, "micro/wake", 10)->latency = true;
	res = add_figures(&b, "micro/wake", 10);
	res->latency = true;
	res->summary.p99 = 10000;
	res->summary.all_tagged = true;
	res->clock = CLOCK_HOST;
	res->precise = false;
	res->summary.high = 20;
	result_note(res, "something odd");
	text = beside(&a, &b);
	assert_contains(text, "p99 10.0 ns and 10.0 us, ratio 1000");
	assert_contains(text, "kvm: something odd; host time used; too few "
			      "undisturbed samples: all are used; within 50 %");
	free(text);
}

static void nothing_is_made_of_what_is_missing(void **state)
{
	struct results a, b;
	char *text;

	(void)state;
	begin_two(&a, &b);
	add_figures(&a, "micro/a", NAN);
	add_figures(&b, "micro/a", 10);
	add_figures(&a, "micro/zero", 10);
	add_figures(&b, "micro/zero", 0);
	text = beside(&a, &b);
	assert_contains(text, "-  10.0 ns               -  10.0 ns");
	assert_contains(text, "10.0 ns  0.00 ns         10.0 ns  0.00 ns");
	assert_contains(text, "qemu: floor and typical are missing");
	free(text);
}

/* The head of the first results' column, of two of the backend "kvm". */
static void head_is(const char *want, const char *legend, const char *key,
		    const char *x, const char *y)
{
	struct results a, b;
	char *text;

	begin_two(&a, &b);
	strcpy(a.backend, "kvm");
	a.file = strdup("old/r.json");
	b.file = strdup("new/r.json");
	add_figures(&a, "micro/a", 10);
	add_figures(&b, "micro/a", 10);
	if (x)
		results_env(&a, key, "%s", x);
	if (y)
		results_env(&b, key, "%s", y);
	text = beside(&a, &b);
	assert_contains(text, want);
	assert_contains(text, legend);
	free(text);
}

static void heads_name_the_difference(void **state)
{
	(void)state;
	head_is("\n             6.1.0   6.12.0  RATIO",
		"6.1.0: kvm, old/r.json, ", "guest.kernel", "6.1.0", "6.12.0");
	head_is("\n                 A        B  RATIO",
		"B is Some CPU of a long name 2: kvm, new/r.json, ",
		"guest.cpu", "Some CPU of a long name 1",
		"Some CPU of a long name 2");
	head_is(" old/r.json  new/r.json  RATIO", "new/r.json: kvm, ", "date",
		"1", "2");
	head_is("\n                 A        B  RATIO",
		"A is emulated host: kvm", "emulated_host", "yes", NULL);
}

/* A hundred lines that say the same are one; the time for it grows no faster
 * than the results (a minute and more, where each is compared with each). */
static void many_are_joined(void **state)
{
	struct results a, b;
	char name[64], *text;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	(void)state;
	begin_two(&a, &b);
	for (int i = 0; i < 50000; i++) {
		snprintf(name, sizeof(name), "kernel/%d", i);
		result_skip(results_add(&a, name), "no module");
		result_skip(results_add(&b, name), "no module");
	}
	result_skip(results_add(&a, "micro/a"), "no module");
	assert_int_equal(report_text(f, &a, false), 0);
	fclose(f);
	assert_contains(text, "skipped 50000 of group kernel: no module\n"
			      "skipped micro/a: no module\n");
	free(text);
	text = beside(&a, &b);
	assert_contains(text, "qemu skipped 50000 of group kernel: no module\n"
			      "qemu skipped micro/a: no module\n"
			      "kvm skipped 50000 of group kernel: no module\n"
			      "kvm lacks micro/a: its results have no such "
			      "benchmark\n");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(table_has_everything),
		TEST(nothing_to_show),
		TEST(comparison),
		TEST(comparison_has_one_unit),
		TEST(a_failure_comes_before_a_skip),
		TEST(reasons_are_below_the_table),
		TEST(names_are_told_apart),
		TEST(notes_and_tails_are_kept),
		TEST(nothing_is_made_of_what_is_missing),
		TEST(heads_name_the_difference),
		TEST(many_are_joined),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
