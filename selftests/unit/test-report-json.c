// SPDX-License-Identifier: GPL-2.0-only
/* Documents are made in memory as a run makes them, then taken apart. */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "reports.h"

static json_t *parse(size_t n)
{
	char *text = document("json", n);
	json_error_t e;
	json_t *doc = json_loads(text, JSON_REJECT_DUPLICATES, &e);

	if (!doc)
		fail_msg("%s in:\n%s", e.text, text);
	free(text);
	return doc;
}

static json_t *get(const json_t *j, const char *key)
{
	json_t *v = json_object_get(j, key);

	if (!v)
		fail_msg("no \"%s\"", key);
	return v;
}

static const char *text_of(const json_t *j, const char *key)
{
	json_t *v = get(j, key);

	assert_true(json_is_string(v));
	return json_string_value(v);
}

static json_t *benchmark(const json_t *doc, size_t i)
{
	json_t *b = json_array_get(get(doc, "benchmarks"), i);

	assert_non_null(b);
	return b;
}

static void json_is_whole_after_every_result(void **state)
{
	json_t *doc;

	(void)state;
	for (size_t n = 0; n <= all.nitems; n++) {
		doc = parse(n);
		assert_int_equal(json_array_size(get(doc, "benchmarks")), n);
		json_decref(doc);
	}
}

static void json_top_level(void **state)
{
	json_t *doc = parse(1), *env = get(doc, "environment");

	(void)state;
	assert_string_equal(text_of(doc, "schema"), "vbench-result/1");
	assert_string_equal(text_of(doc, "backend"), "lo\"cal");
	assert_true(json_is_object(env));
	assert_string_equal(text_of(env, "guest.cpu"), "Caf\xc3\xa9 \"CPU\"");
	assert_int_equal(json_integer_value(get(doc, "machines")), 4);
	assert_close(json_number_value(get(doc, "budget_s")), 2.5, 1e-9);
	assert_int_equal(json_integer_value(get(doc, "passes")), 2);
	json_decref(doc);
}

static void check_types(const json_t *b)
{
	static const char *const texts[] = { "name", "title", "status", "unit",
					     "clock" };
	static const char *const figures[] = {
		"floor", "typical", "p99", "spread", "fixed_ns", "loop_ns"
	};
	bool ok = !strcmp(text_of(b, "status"), "ok");

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		text_of(b, texts[i]);
	for (size_t i = 0; i < ARRAY_SIZE(figures); i++) {
		assert_int_equal(json_is_real(get(b, figures[i])), ok);
		assert_int_equal(json_is_null(get(b, figures[i])), !ok);
	}
	assert_int_equal(json_is_null(get(b, "reason")), ok);
	assert_int_equal(json_is_string(get(b, "reason")), !ok);
	assert_int_equal(json_is_array(get(b, "interval")), ok);
	assert_int_equal(json_array_size(get(b, "interval")), ok ? 2 : 0);
	assert_true(json_is_integer(get(b, "bytes")));
	assert_true(json_is_integer(get(b, "used")));
	assert_true(json_is_integer(get(b, "tagged")));
	assert_true(json_is_boolean(get(b, "all_tagged")));
	assert_true(json_is_boolean(get(b, "precise")));
	assert_true(json_is_array(get(b, "machines")));
	assert_true(json_is_array(get(b, "samples")));
}

static void json_types_and_nulls(void **state)
{
	json_t *doc = parse(all.nitems), *b;
	size_t i;

	(void)state;
	json_array_foreach(get(doc, "benchmarks"), i, b)
		check_types(b);
	assert_string_equal(text_of(benchmark(doc, 1), "reason"),
			    "no, \"AMD\"");
	b = get(benchmark(doc, 2), "machines");
	assert_string_equal(json_string_value(json_array_get(b, 0)), "host");
	assert_true(json_is_integer(json_array_get(b, 1)));
	json_decref(doc);
}

static void json_samples(void **state)
{
	static const char *const whole[] = { "pass", "runs", "guest_ns",
					     "host_ns", "ticks" };
	json_t *doc = parse(all.nitems), *s, *tags;
	size_t i;

	(void)state;
	json_array_foreach(get(benchmark(doc, 0), "samples"), i, s) {
		for (size_t k = 0; k < ARRAY_SIZE(whole); k++)
			assert_true(json_is_integer(get(s, whole[k])));
		tags = get(s, "tags");
		assert_true(json_is_array(tags));
		assert_int_equal(json_array_size(tags), i == 4 ? 2 : 0);
		assert_null(json_object_get(s, "value"));
	}
	assert_int_equal(i, 20);
	tags = get(json_array_get(get(benchmark(doc, 0), "samples"), 4),
		   "tags");
	assert_string_equal(json_string_value(json_array_get(tags, 0)),
			    "preempted");
	s = json_array_get(get(benchmark(doc, 2), "samples"), 0);
	assert_int_equal(json_integer_value(get(s, "value")), 4096);
	json_decref(doc);
}

/* JSON has no infinity, jansson no integer above 2^63 - 1. */
static void json_extremes(void **state)
{
	struct result *res = all.items[0];
	json_t *doc, *s;

	(void)state;
	res->summary.p99 = NAN;
	res->summary.spread = INFINITY;
	res->samples[0].ticks = UINT64_MAX;
	res->samples[0].runs = UINT32_MAX;
	res->samples[0].counters.preempted = UINT32_MAX;
	doc = parse(1);
	assert_true(json_is_null(get(benchmark(doc, 0), "p99")));
	assert_true(json_is_null(get(benchmark(doc, 0), "spread")));
	s = json_array_get(get(benchmark(doc, 0), "samples"), 0);
	assert_true(json_integer_value(get(s, "ticks")) == INT64_MAX);
	assert_true(json_integer_value(get(s, "runs")) == UINT32_MAX);
	assert_true(json_integer_value(get(s, "preempted")) == UINT32_MAX);
	json_decref(doc);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(json_is_whole_after_every_result),
		TEST(json_top_level),
		TEST(json_types_and_nulls),
		TEST(json_samples),
		TEST(json_extremes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
