// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "reports.h"

/* A file from write_file() to read_back(). */
static char path[64];

static void write_file(const void *data, size_t len)
{
	int fd;

	strcpy(path, "/tmp/vbench-unit-XXXXXX");
	fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, data, len), len);
	close(fd);
}

static int read_back(struct results *back, char *why, size_t size)
{
	int ret;

	results_init(back);
	why[0] = '\0';
	ret = report_json_read(path, back, why, size);
	unlink(path);
	return ret;
}

static void same_result(const struct result *a, const struct result *b)
{
	const struct summary *x = &a->summary, *y = &b->summary;

	assert_string_equal(a->name, b->name);
	assert_string_equal(a->title, b->title);
	assert_string_equal(a->unit, b->unit);
	assert_string_equal(a->reason, b->reason);
	assert_string_equal(a->note, b->note);
	assert_int_equal(a->status, b->status);
	assert_int_equal(a->clock, b->clock);
	assert_int_equal(a->bytes, b->bytes);
	assert_int_equal(a->precise, b->precise);
	assert_int_equal(a->nmachines, b->nmachines);
	assert_memory_equal(a->machines, b->machines, sizeof(a->machines));
	assert_int_equal(x->used, y->used);
	assert_int_equal(x->tagged, y->tagged);
	assert_int_equal(x->all_tagged, y->all_tagged);
	assert_int_equal(result_has_figures(a), result_has_figures(b));
	if (!result_has_figures(a))
		return;
	assert_close(x->floor, y->floor, 1e-9 * x->floor);
	assert_close(x->typical, y->typical, 1e-9 * x->typical);
	assert_close(x->p99, y->p99, 1e-9 * x->p99);
	assert_close(x->low, y->low, 1e-9 * x->low);
	assert_close(x->high, y->high, 1e-9 * x->high);
	assert_close(x->spread, y->spread, 1e-9);
	assert_close(x->fixed, y->fixed, 1e-9 * x->fixed);
	assert_int_equal(a->nsamples, b->nsamples);
	for (size_t i = 0; i < a->nsamples; i++) {
		assert_int_equal(a->samples[i].pass, b->samples[i].pass);
		assert_int_equal(a->samples[i].runs, b->samples[i].runs);
		assert_int_equal(a->samples[i].guest_ns,
				 b->samples[i].guest_ns);
		assert_int_equal(a->samples[i].host_ns, b->samples[i].host_ns);
		assert_int_equal(a->samples[i].ticks, b->samples[i].ticks);
		assert_int_equal(a->samples[i].tags, b->samples[i].tags);
		assert_int_equal(a->samples[i].has_value,
				 b->samples[i].has_value);
		assert_int_equal(a->samples[i].value, b->samples[i].value);
		assert_memory_equal(&a->samples[i].counters,
				    &b->samples[i].counters,
				    sizeof(a->samples[i].counters));
		assert_int_equal(a->samples[i].host_delay_ns,
				 b->samples[i].host_delay_ns);
	}
}

static void json_is_read_back(void **state)
{
	struct results back;
	char *text, why[512];

	(void)state;
	all.items[0]->samples[4].counters =
		(struct msg_counters){ 1, 1, 20, 30, 4 };
	text = document("json", all.nitems);
	write_file(text, strlen(text));
	free(text);
	assert_int_equal(read_back(&back, why, sizeof(why)), 0);
	assert_string_equal(back.backend, all.backend);
	assert_true(back.seed == all.seed);
	assert_int_equal(back.machines, all.machines);
	assert_close(back.precision, all.precision, 1e-9);
	assert_close(back.budget_s, all.budget_s, 1e-9);
	assert_string_equal(results_env_get(&back, "guest.cpu"),
			    results_env_get(&all, "guest.cpu"));
	assert_int_equal(back.passes, all.passes);
	assert_int_equal(back.nitems, all.nitems);
	for (size_t i = 0; i < all.nitems; i++)
		same_result(all.items[i], back.items[i]);
	results_free(&back);
}

/* A message for a terminal, and no crash. */
static void refused(const char *text, size_t len)
{
	struct results back;
	char why[512], safe[512];

	write_file(text, len);
	assert_true(read_back(&back, why, sizeof(why)) < 0);
	assert_contains(why, path);
	assert_string_equal(why, text_clean(strcpy(safe, why)));
	results_free(&back);
}

static void bad_files(void **state)
{
	static const char *const bad[] = {
		"",
		"\n",
		"null",
		"[]",
		"{}",
		"{\"schema\":1}",
		"{\"schema\":\"vbench-result/2\"}",
		"{\"schema\":\"\\u001b[2J\"}",
		"\033[2Jno JSON",
		"{\"a\":\"\033[2J\"}",
		"\xff\xfe",
	};
	char *text = document("json", all.nitems);
	size_t len = strlen(text);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		refused(bad[i], strlen(bad[i]));
	/* Cut anywhere: only the last line break may be missing. */
	for (size_t n = 0; n < len - 1; n += 97)
		refused(text, n);
	refused(text, len - 2);
	free(text);
}

static void no_file(void **state)
{
	static const char *const paths[] = { "/nonexistent/result.json", "/" };
	struct results back;
	char why[512];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		results_init(&back);
		assert_true(report_json_read(paths[i], &back, why,
					     sizeof(why)) < 0);
		assert_contains(why, paths[i]);
		results_free(&back);
	}
}

#define DOCUMENT(top, benchmarks)                                  \
	"{\"schema\":\"vbench-result/1\",\"backend\":\"kvm\"," top \
	"\"benchmarks\":[" benchmarks "]}"
/* A good one, of which @more replaces nothing, for no key may be there twice. */
#define BENCHMARK(more) \
	"{\"name\":\"micro/a\",\"status\":\"ok\",\"unit\":\"ns\"" more "}"

#define LONG "01234567890123456789012345678901234567890123456789"

/* Each is refused with words that name where and what. */
static void wrong_fields(void **state)
{
	static const struct {
		const char *text, *where, *what;
	} wrong[] = {
		{ "{\"schema\":\"vbench-result/1\"}", "\"benchmarks\"",
		  "missing" },
		{ "{\"schema\":\"vbench-result/1\",\"benchmarks\":7}",
		  "\"benchmarks\"", "a number, not an array" },
		{ DOCUMENT("\"environment\":[1],", ""), "\"environment\"",
		  "an array, not an object" },
		{ DOCUMENT("\"environment\":{\"emulated\":true},", ""),
		  "\"emulated\"", "a boolean, not a string" },
		{ DOCUMENT("\"seed\":-1,", ""), "\"seed\"", "-1" },
		{ DOCUMENT("\"machines\":1e300,", ""), "\"machines\"",
		  "1e+300" },
		{ DOCUMENT("", "null"), "benchmark 1:", "null, not an object" },
		{ DOCUMENT("", BENCHMARK("") ",3"),
		  "benchmark 2:", "a number, not an object" },
		{ DOCUMENT("", "{\"status\":\"ok\"}"),
		  "benchmark 1:", "\"name\" is missing" },
		{ DOCUMENT("", "{\"name\":\"\",\"status\":\"ok\"}"),
		  "benchmark 1", "\"name\" is empty" },
		{ DOCUMENT("", "{\"name\":\"micro/a\"}"), "\"micro/a\"",
		  "\"status\" is missing" },
		{ DOCUMENT("", BENCHMARK(",\"floor\":\"10\"")), "\"micro/a\"",
		  "\"floor\" is a string, not a number" },
		{ DOCUMENT("", BENCHMARK(",\"floor\":-5")), "\"micro/a\"",
		  "\"floor\" is -5" },
		{ DOCUMENT("", BENCHMARK(",\"used\":20.5")), "\"micro/a\"",
		  "20.5, not a whole number" },
		{ DOCUMENT("", BENCHMARK(",\"used\":-1")), "\"micro/a\"",
		  "\"used\" is -1" },
		{ DOCUMENT("", BENCHMARK(",\"bytes\":18446744073709551616.0")),
		  "\"bytes\"", "more than 9223372036854775807" },
		{ DOCUMENT("", BENCHMARK(",\"bytes\":18446744073709551616")),
		  "line 1", "too big integer" },
		{ DOCUMENT("", BENCHMARK(",\"floor\":1e999")), "line 1",
		  "overflow" },
		{ DOCUMENT("", BENCHMARK(",\"floor\":NaN")), "line 1", "" },
		{ DOCUMENT("", BENCHMARK(",\"floor\":1,\"floor\":2")), "line 1",
		  "duplicate" },
		{ DOCUMENT("", BENCHMARK(",\"clock\":\"mine\"")), "\"micro/a\"",
		  "\"clock\" is \"mine\"" },
		{ DOCUMENT("", BENCHMARK(",\"machines\":[1,2,3]")),
		  "\"micro/a\"", "\"machines\" has 3" },
		{ DOCUMENT("", BENCHMARK(",\"machines\":[-1]")), "\"micro/a\"",
		  "\"machines\"" },
		{ DOCUMENT("", BENCHMARK(",\"machines\":[1.5]")), "\"micro/a\"",
		  "\"machines\"" },
		{ DOCUMENT("", BENCHMARK(",\"interval\":[5,1]")), "\"micro/a\"",
		  "ends before it begins" },
		{ DOCUMENT("", BENCHMARK(",\"interval\":[\"x\",1]")),
		  "\"micro/a\"", "not two numbers" },
		{ DOCUMENT("", BENCHMARK(",\"samples\":[{},{\"runs\":-1}]")),
		  "sample 2", "\"runs\" is -1" },
		{ DOCUMENT("", BENCHMARK(",\"exits\":{\"by_reason\":[null]}")),
		  "row of by_reason 1", "null, not an object" },
		{ DOCUMENT("", BENCHMARK(",\"exits\":{\"by_reason\":[{"
					 "\"reason\":\"x\",\"count\":-5}]}")),
		  "row of by_reason 1", "\"count\" is -5" },
		{ DOCUMENT("", BENCHMARK(",\"exits\":{\"by_rip\":[{}]}")),
		  "row of by_rip 1", "\"rip\" is missing" },
		{ DOCUMENT("", BENCHMARK(",\"exits\":{\"by_rip\":[{"
					 "\"rip\":\"020\",\"reason\":\"x\","
					 "\"count\":1}]}")),
		  "row of by_rip 1", "\"rip\" is \"020\"" },
		{ DOCUMENT("",
			   BENCHMARK(",\"exits\":{\"by_reason\":[{"
				     "\"reason\":\"" LONG LONG LONG LONG "1\",\"count\":1},"
				     "{\"reason\":\"" LONG LONG LONG LONG
				     "2\",\"count\":1}]}")),
		  "row of by_reason 1", "\"reason\" has 201 bytes" },
		{ DOCUMENT("", "") "{}", "line 1", "one result" },
		{ DOCUMENT("", "{\"name\":\"a\\u0000b\"}"), "line 1",
		  "U+0000" },
	};
	struct results back;
	char why[512];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		write_file(wrong[i].text, strlen(wrong[i].text));
		assert_true(read_back(&back, why, sizeof(why)) < 0);
		assert_contains(why, path);
		assert_contains(why, wrong[i].where);
		assert_contains(why, wrong[i].what);
		results_free(&back);
	}
}

/* The table, and that of two, of the document @text. */
static char *shown(const char *text)
{
	struct results back;
	char why[512], *out;
	size_t len;
	FILE *f = open_memstream(&out, &len);

	write_file(text, strlen(text));
	assert_int_equal(read_back(&back, why, sizeof(why)), 0);
	assert_int_equal(report_text(f, &back, true), 0);
	assert_int_equal(report_compare(f, &back, &all), 0);
	fclose(f);
	results_free(&back);
	return out;
}

static void missing_is_not_zero(void **state)
{
	char *text = shown(DOCUMENT("", BENCHMARK(",\"floor\":null")));

	(void)state;
	assert_contains(text, "? machines");
	assert_contains(text, "seed ?");
	assert_contains(text, "floor and typical are missing");
	assert_null(strstr(text, "0.00 ns"));
	free(text);
	text = shown(DOCUMENT("", BENCHMARK(",\"typical\":12.0,\"used\":20.0,"
					    "\"machines\":[3.0],"
					    "\"samples\":[{\"runs\":1}]")));
	assert_contains(text, "12.0 ns");
	assert_contains(text, "  20  3 ");
	assert_contains(text, "       20 ");
	assert_contains(text, "floor is missing");
	assert_null(strstr(text, "0.00 ns"));
	free(text);
	text = shown(DOCUMENT("", BENCHMARK(",\"floor\":1e308,\"typical\":"
					    "1e308,\"used\":2,\"spread\":"
					    "1e300,\"bytes\":10")));
	assert_contains(text, "1.00e+299 s");
	assert_null(strstr(text, "00000000"));
	free(text);
	text = shown(
		DOCUMENT("", "{\"name\":\"micro/a\",\"status\":\"fine\"}"));
	assert_contains(text, "its status is \"fine\"");
	free(text);
}

/* Names of a guest's benchmarks, and a folder's, come from anywhere. */
static void odd_texts(void **state)
{
	char *text = shown(
		"{\"schema\":\"vbench-result/1\",\"backend\":\"\\u001b[2J\","
		"\"environment\":{\"guest.kernel\":\"\\u202e6.1\",\"x\":null,"
		"\"machine.\\u001b[2J.pinned\":\"1\",\"machine.pinned\":"
		"\"2\"},"
		"\"benchmarks\":[{\"name\":\"\\u001b[2J\\u200b\",\"status\":"
		"\"?\\u009b\",\"reason\":\"\\u001b[2J\"},{\"name\":\"a/b\","
		"\"status\":\"ok\",\"floor\":1,\"typical\":1,\"used\":1,"
		"\"note\":\"\\u2028\\u0007\"}]}");

	(void)state;
	assert_null(strpbrk(text, "\033\a"));
	assert_null(strstr(text, "Pinned"));
	assert_null(strstr(text, "\xe2\x80"));
	assert_null(strstr(text, "\xc2\x9b"));
	free(text);
}

/* Where a value begins behind the @nth colon of @text, and its length. */
static char *nth_value(char *text, size_t nth, size_t *len)
{
	char *s = text;

	for (size_t i = 0; i <= nth; i++) {
		s = strchr(s + 1, ':');
		if (!s)
			return NULL;
	}
	*len = strcspn(s + 1, ",}]\n");
	return s + 1;
}

/* All fields that vbench writes of a traced benchmark. */
static char *traced_document(void)
{
	struct result *res = all.items[0];
	struct exits *x = result_add_exits(res);
	char *text;

	*x = (struct exits){
		.rows = calloc(1, sizeof(*x->rows)),
		.nrows = 1,
		.sites = calloc(1, sizeof(*x->sites)),
		.nsites = 1,
		.runs = 1000,
		.opens = 3,
		.count = 2000,
		.per_op = 2,
		.wall_ns = 500,
		.has_stat = true,
		.stat_exits = 2000,
		.tier = 'A',
		.untraced_ns = 10,
		.traced_ns = 12,
		.broken = "a",
		.expects = "b",
		.findings = "c",
	};
	x->rows[0] = (struct exit_row){ .reason = "cpuid", .count = 2000 };
	x->sites[0] = (struct exit_site){ .reason = "cpuid", .rip = 31 };
	text = document("json", 1);
	exits_free(x);
	free(x);
	res->exits = NULL;
	return text;
}

/* A field that the reader's schema forgets would be taken as it is. */
static void every_field_is_checked(void **state)
{
	char *good = traced_document(), *text, *at, why[512];
	struct results back;
	size_t len, n = 0;

	(void)state;
	assert_contains(good, "\"missed_max\"");
	for (; (at = nth_value(good, n, &len)); n++) {
		if (*at == '{' || *at == '[')
			continue;
		assert_true(asprintf(&text, "%.*s-5%s", (int)(at - good), good,
				     at + len) > 0);
		write_file(text, strlen(text));
		if (!read_back(&back, why, sizeof(why)))
			fail_msg("-5 is read: %.60s", at - 30);
		results_free(&back);
		free(text);
	}
	assert_true(n > 80);
	free(good);
}

/* Of exits, too, what is missing is not 0, and no figure has 300 digits. */
static void odd_exits(void **state)
{
	char *exits,
		*text = shown(DOCUMENT(
			"",
			BENCHMARK(
				",\"exits\":{\"tier\":\"A\",\"stat_exits_delta\":"
				"7,\"by_reason\":[{\"reason\":\"x\",\"count\":3}]"
				"}")));

	(void)state;
	exits = strstr(text, "\nEXITS");
	assert_non_null(exits);
	assert_contains(exits, " -\n");
	assert_null(strstr(exits, " 0\n"));
	assert_null(strstr(exits, "KVM itself"));
	free(text);
	text = shown(DOCUMENT(
		"",
		BENCHMARK(
			",\"exits\":{\"runs\":1,\"per_op\":1e308,\"worst_gap\":"
			"1e308,\"untraced_ns\":1e-308,\"traced_ns\":1e308,"
			"\"count\":1,\"wall_ns\":1,\"by_reason\":[{\"reason\":"
			"\"x\",\"count\":9223372036854775807,\"per_op\":1e308,"
			"\"kernel_ns\":9223372036854775807,\"vmm_ns\":"
			"9223372036854775807,\"sched_ns\":9223372036854775807},"
			"{\"reason\":\"x\",\"count\":9223372036854775807},"
			"{\"reason\":\"x\",\"count\":9223372036854775807}]}")));
	assert_contains(text, "1.00e+308");
	assert_null(strstr(text, "0000000000"));
	assert_null(strstr(text, "inf"));
	assert_null(strstr(text, "nan"));
	assert_null(strstr(text, "9223372036854775805"));
	free(text);
}

/* A byte order mark is skipped, and other encodings are named. */
static void encodings(void **state)
{
	static const struct {
		const char *text;
		size_t len;
		const char *what;
	} other[] = {
		{ "\xff\xfe{\0", 4, "UTF-16 -t UTF-8" },
		{ "\xfe\xff\0{", 4, "UTF-16 -t UTF-8" },
		{ "{\0\"\0", 4, "UTF-16LE" },
		{ "\0{\0\"", 4, "UTF-16BE" },
		{ "\xff\xfe\0\0{\0\0\0", 8, "UTF-32" },
		{ "\x1f\x8b\x08\0", 4, "gunzip" },
	};
	struct results back;
	char why[512], *text = shown("\xef\xbb\xbf" DOCUMENT(
			       "", BENCHMARK(",\"typical\":12,\"used\":3")));

	(void)state;
	assert_contains(text, "12.0 ns");
	free(text);
	for (size_t i = 0; i < ARRAY_SIZE(other); i++) {
		write_file(other[i].text, other[i].len);
		assert_true(read_back(&back, why, sizeof(why)) < 0);
		assert_contains(why, path);
		assert_contains(why, other[i].what);
		results_free(&back);
	}
}

/*
 * Values of a good document exchanged for others: each is refused with a
 * message or shown, and no figure is made up.
 */
static void values_exchanged(void **state)
{
	static const char *const values[] = {
		"null",
		"true",
		"-1",
		"0",
		"20.0",
		"20.5",
		"1e308",
		"1e-308",
		"4294967296",
		"9223372036854775807",
		"18446744073709551616",
		"\"\"",
		"\"NaN\"",
		"\"\\u202e\"",
		"[]",
		"{}",
		"[null]",
		"[[]]",
		"[1e308,0]",
		"{\"a\":1}",
		"",
	};
	char *good = document("json", all.nitems), *text, *at;
	struct results back;
	char why[512];
	size_t len, size;
	u64 rng = 9;
	FILE *f;

	(void)state;
	for (int i = 0; i < 1500; i++) {
		const char *value =
			values[prng_below(&rng, ARRAY_SIZE(values))];

		at = nth_value(good, prng_below(&rng, 400), &len);
		if (!at)
			continue;
		assert_true(asprintf(&text, "%.*s%s%s", (int)(at - good), good,
				     value, at + len) > 0);
		write_file(text, strlen(text));
		free(text);
		f = open_memstream(&text, &size);
		if (read_back(&back, why, sizeof(why))) {
			assert_contains(why, path);
		} else {
			assert_int_equal(report_text(f, &back, true), 0);
			assert_int_equal(report_compare(f, &back, &all), 0);
			assert_int_equal(report_compare(f, &all, &back), 0);
		}
		fclose(f);
		assert_null(strstr(text, "nan"));
		assert_null(strstr(text, "inf "));
		assert_null(strstr(text, "18446744073709551615"));
		assert_null(strstr(text, "0000000000"));
		assert_null(strstr(text, "\xe2\x80\xae"));
		free(text);
		results_free(&back);
	}
	free(good);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(json_is_read_back),
		TEST(bad_files),
		TEST(no_file),
		TEST(wrong_fields),
		TEST(missing_is_not_zero),
		TEST(odd_texts),
		TEST(every_field_is_checked),
		TEST(odd_exits),
		TEST(encodings),
		TEST(values_exchanged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
