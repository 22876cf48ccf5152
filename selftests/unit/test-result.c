// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>

#include "../../user/result.h"
#include "unit.h"

static struct results all;
static struct result *res;

static int setup(void **state)
{
	(void)state;
	results_init(&all);
	res = results_add(&all, "micro/test");
	return res ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	results_free(&all);
	return 0;
}

static void the_first_reason_of_the_worst_status_stays(void **state)
{
	(void)state;
	assert_int_equal(res->status, RESULT_OK);
	result_skip(res, "no %s", "vmcall");
	result_skip(res, "later");
	assert_int_equal(res->status, RESULT_SKIPPED);
	assert_string_equal(res->reason, "no vmcall");
	result_fail(res, "died of %d", 11);
	result_fail(res, "later");
	result_skip(res, "later");
	assert_int_equal(res->status, RESULT_FAILED);
	assert_string_equal(res->reason, "died of 11");
}

static void only_ok_with_samples_has_figures(void **state)
{
	struct sample *s = result_add_sample(res);

	(void)state;
	s->runs = 10;
	s->guest_ns = 420;
	assert_false(result_has_figures(res));
	assert_false(result_reportable(res));
	assert_int_equal(result_summarise(res), 0);
	assert_true(result_has_figures(res));
	assert_true(result_reportable(res));
	assert_close(res->summary.typical, 42, 1e-12);
	result_fail(res, "late");
	assert_false(result_has_figures(res));
	assert_true(result_reportable(res));
}

static void texts_from_guests_are_cleaned(void **state)
{
	(void)state;
	result_fail(res, "%s", "bad\033[2Jthing\n");
	assert_string_equal(res->reason, "bad?[2Jthing ");
	result_note(res, "a\rb");
	assert_string_equal(res->note, "a?b");
	assert_int_equal(results_env(&all, "guest.cpu", "x\ay"), 0);
	assert_string_equal(results_env_get(&all, "guest.cpu"), "x?y");
}

/* Half a number, or half a name, is another one. */
static void long_texts_stay_whole(void **state)
{
	char text[5000];
	size_t len = 0;

	(void)state;
	for (size_t i = 0; i + 2 < sizeof(text); i += 2)
		memcpy(text + i, "\xc3\xa4", 3);
	result_skip(res, "%s", text);
	assert_string_equal(res->reason, text);
	for (int i = 1; i <= 300; i++) {
		result_note(res, "%0*d", i, 7);
		len += (i > 1 ? strlen("; ") : 0) + i;
	}
	assert_int_equal(strlen(res->note), len);
	assert_string_equal(res->note + len - 2, "07");
	assert_string_equal(results_add(&all, text)->name, text);
	assert_int_equal(result_describe(res, text, text), 0);
	assert_string_equal(res->title, text);
	assert_string_equal(res->unit, text);
}

static void notes_are_appended(void **state)
{
	(void)state;
	assert_string_equal(res->note, "");
	result_note(res, "one");
	assert_string_equal(res->note, "one");
	result_note(res, "%s", "two");
	assert_string_equal(res->note, "one; two");
}

static void environment_is_replaced(void **state)
{
	(void)state;
	assert_null(results_env_get(&all, "kernel"));
	assert_int_equal(results_env(&all, "kernel", "%d.%d", 6, 1), 0);
	assert_int_equal(results_env(&all, "cpu", "a"), 0);
	assert_int_equal(results_env(&all, "kernel", "6.12"), 0);
	assert_int_equal(all.nenv, 2);
	assert_string_equal(results_env_get(&all, "kernel"), "6.12");
	assert_string_equal(results_env_get(&all, "cpu"), "a");
}

static void items_stay_in_order(void **state)
{
	char name[BENCH_NAME_MAX];

	(void)state;
	for (int i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), "micro/%d", i);
		assert_non_null(results_add(&all, name));
	}
	assert_ptr_equal(all.items[0], res);
	assert_ptr_equal(results_find(&all, "micro/41"), all.items[42]);
	assert_null(results_find(&all, "micro"));
	result_skip(all.items[3], "no");
	result_fail(all.items[4], "no");
	assert_int_equal(results_count(&all, RESULT_OK), 99);
	assert_int_equal(results_count(&all, RESULT_SKIPPED), 1);
	assert_int_equal(results_count(&all, RESULT_FAILED), 1);
}

static void samples_grow_and_begin_empty(void **state)
{
	static const struct sample empty;
	struct sample *s;

	(void)state;
	for (u32 i = 0; i < 5000; i++) {
		s = result_add_sample(res);
		assert_non_null(s);
		assert_memory_equal(s, &empty, sizeof(empty));
		s->runs = i;
		s->tags = ~0u;
	}
	for (u32 i = 0; i < 5000; i++)
		assert_int_equal(res->samples[i].runs, i);
}

static void which_time_counts(void **state)
{
	struct sample s = { .runs = 10, .guest_ns = 100, .host_ns = 200 };
	double v;

	(void)state;
	assert_true(result_operation(res, &s, &v));
	assert_close(v, 10, 0);
	res->clock = CLOCK_HOST;
	assert_true(result_operation(res, &s, &v));
	assert_close(v, 20, 0);
	res->loop_ns = 3;
	assert_true(result_operation(res, &s, &v));
	assert_close(v, 17, 1e-12);
	s.tags = TAG_STEAL;
	assert_false(result_operation(res, &s, &v));
	res->summary.all_tagged = true;
	assert_true(result_operation(res, &s, &v));
}

/* The empty loop is in no figure that the benchmark took itself. */
static void own_values_are_taken_as_they_are(void **state)
{
	struct sample *s;
	double v;

	(void)state;
	res->loop_ns = 3;
	for (int i = 0; i < 20; i++) {
		s = result_add_sample(res);
		*s = (struct sample){ .runs = i % 2 ? 10 : 20,
				      .guest_ns = 1000000,
				      .has_value = true,
				      .value = i % 2 ? 150 : 250 };
	}
	assert_int_equal(result_summarise(res), 0);
	assert_close(res->summary.fixed, 0, 0);
	assert_true(result_operation(res, &res->samples[1], &v));
	assert_close(v, 15, 0);
}

static void fixed_share_is_of_the_median_sample(void **state)
{
	struct sample *s;

	(void)state;
	res->zero_guest_ns = 20;
	for (int i = 0; i < 9; i++) {
		s = result_add_sample(res);
		*s = (struct sample){ .runs = 1, .guest_ns = 100 + 100 * i };
	}
	assert_int_equal(result_summarise(res), 0);
	assert_close(result_fixed_share(res), 0.04, 1e-12);
	assert_close(res->summary.min, 80, 0);
	assert_close(res->summary.max, 880, 0);
	res->nsamples = 0;
	assert_close(result_fixed_share(res), 0, 0);
}

/* Nothing is taken off a value, but it holds what measuring it costs. */
static void a_value_has_a_fixed_share_too(void **state)
{
	(void)state;
	res->zero_guest_ns = 1000;
	res->zero_value = 5;
	for (int i = 0; i < 9; i++)
		*result_add_sample(res) = (struct sample){
			.runs = 1,
			.guest_ns = 10000,
			.has_value = true,
			.value = 60 + 10 * i,
		};
	assert_int_equal(result_summarise(res), 0);
	assert_close(res->summary.min, 60, 0);
	assert_close(result_fixed_share(res), 0.05, 1e-12);
}

/* A fast spell in one half only: its floor is not to be trusted yet. */
static void floor_must_settle(void **state)
{
	struct sample *s;

	(void)state;
	for (int i = 0; i < 40; i++) {
		s = result_add_sample(res);
		*s = (struct sample){ .runs = 1, .guest_ns = 1000 };
	}
	assert_int_equal(result_summarise(res), 0);
	assert_true(result_floor_settled(res, 0.01));
	for (int i = 0; i < 10; i++)
		res->samples[i].guest_ns = 800;
	assert_int_equal(result_summarise(res), 0);
	assert_false(result_floor_settled(res, 0.01));
	assert_true(result_floor_settled(res, 0.3));
}

static void the_clock_s_step_is_told_by_its_share(void **state)
{
	double share;

	(void)state;
	for (int i = 0; i < 10; i++)
		*result_add_sample(res) = (struct sample){
			.runs = 1,
			.guest_ns = i % 3 ? 4000000 : 8000000,
		};
	assert_close(result_grain(res, &share), 4e6, 0);
	assert_close(share, 1, 0);
	/* Figures of other units have steps of their own. */
	assert_int_equal(result_describe(res, "", "ns/s"), 0);
	assert_close(result_grain(res, &share), 0, 0);
	assert_close(share, 0, 0);
}

static void cleaned(void **state)
{
	static const char *const texts[][2] = {
		{ "", "" },
		{ "plain text", "plain text" },
		{ "a\nb\tc\rd", "a b c?d" },
		{ "\033[31mred\a\b\x7f", "?[31mred???" },
		/* UTF-8 of two, three and four bytes */
		{ "4 \xc2\xb5s", "4 \xc2\xb5s" },
		{ "\xe6\x97\xa5\xe6\x9c\xac", "\xe6\x97\xa5\xe6\x9c\xac" },
		{ "\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80" },
		{ "\xf4\x8f\xbf\xbf", "\xf4\x8f\xbf\xbf" },
		/* C1: CSI as one character */
		{ "\xc2\x9b"
		  "2J",
		  "??2J" },
		{ "\x9b"
		  "2J",
		  "?2J" },
		/* overlong, surrogate, above U+10FFFF, never a first byte */
		{ "\xc0\xaf", "??" },
		{ "\xe0\x80\xaf", "???" },
		{ "\xed\xa0\x80", "???" },
		{ "\xf4\x90\x80\x80", "????" },
		{ "\xff\xfe", "??" },
		/* cut short */
		{ "\xc3", "?" },
		{ "\xe2\x82", "??" },
		{ "\xf0\x9f\x98", "???" },
		{ "\xe2\x82z", "??z" },
		/* override, zero width, tag, line separator, soft hyphen */
		{ "a\xe2\x80\xae"
		  "b",
		  "a???b" },
		{ "a\xe2\x80\x8b"
		  "b",
		  "a???b" },
		{ "\xf3\xa0\x81\x81", "????" },
		{ "\xe2\x80\xa8", "???" },
		{ "\xc2\xad", "??" },
		{ "\xef\xbb\xbf", "???" },
		{ "\xd8\x9c", "??" },
		/* combining: as many as a language has, no flood */
		{ "e\xcc\x81\xcc\xa7z\xcc\x81", "e\xcc\x81\xcc\xa7z\xcc\x81" },
		{ "a\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81z",
		  "a\xcc\x81\xcc\x81\xcc\x81????z" },
		{ "\xe0\xb8\x81\xe0\xb9\x87\xe0\xb9\x87\xe0\xb9\x87\xe0\xb9\x87",
		  "\xe0\xb8\x81\xe0\xb9\x87\xe0\xb9\x87\xe0\xb9\x87???" },
	};
	char buf[64];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		strcpy(buf, texts[i][0]);
		assert_ptr_equal(text_clean(buf), buf);
		assert_string_equal(buf, texts[i][1]);
	}
}

/* What was cleaned is clean. */
static void cleaning_twice_changes_nothing(void **state)
{
	char once[32], twice[32];
	u64 rng = 1;

	(void)state;
	for (int i = 0; i < 100000; i++) {
		size_t len = prng_below(&rng, sizeof(once));

		for (size_t k = 0; k < len; k++)
			once[k] = 1 + prng_below(&rng, 255);
		once[len] = '\0';
		text_clean(once);
		assert_int_equal(strlen(once), len);
		assert_null(strpbrk(once, "\033\n\r\t\a\x7f"));
		assert_string_equal(text_clean(strcpy(twice, once)), once);
	}
}

static void names(void **state)
{
	char buf[16];

	(void)state;
	assert_string_equal(machine_name(0, buf, sizeof(buf)), "0");
	assert_string_equal(machine_name(63, buf, sizeof(buf)), "63");
	assert_string_equal(machine_name(HOST_CLIENT_ID, buf, sizeof(buf)),
			    "host");
	for (u32 i = 0; i < SAMPLE_TAGS; i++)
		assert_non_null(sample_tag_name(i));
	assert_null(sample_tag_name(SAMPLE_TAGS));
	assert_string_equal(sample_tag_name(__builtin_ctz(TAG_HOST_DELAY)),
			    "host-delay");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_first_reason_of_the_worst_status_stays),
		TEST(only_ok_with_samples_has_figures),
		TEST(texts_from_guests_are_cleaned),
		TEST(long_texts_stay_whole),
		TEST(notes_are_appended),
		TEST(environment_is_replaced),
		TEST(items_stay_in_order),
		TEST(samples_grow_and_begin_empty),
		TEST(which_time_counts),
		TEST(own_values_are_taken_as_they_are),
		TEST(fixed_share_is_of_the_median_sample),
		TEST(a_value_has_a_fixed_share_too),
		TEST(floor_must_settle),
		TEST(the_clock_s_step_is_told_by_its_share),
		cmocka_unit_test(cleaned),
		cmocka_unit_test(cleaning_twice_changes_nothing),
		cmocka_unit_test(names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
