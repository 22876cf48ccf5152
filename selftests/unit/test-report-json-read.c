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

/* Everything has the wrong type: read as far as it makes sense, shown. */
static void odd_types(void **state)
{
	static const char *const odd[] = {
		"{\"schema\":\"vbench-result/1\"}",
		"{\"schema\":\"vbench-result/1\",\"benchmarks\":7,"
		"\"environment\":[1],\"backend\":{},\"seed\":\"x\"}",
		"{\"schema\":\"vbench-result/1\",\"backend\":\"\\u001b[2J\","
		"\"environment\":{\"guest.kernel\":\"\\u001b[2J\",\"a\":1},"
		"\"benchmarks\":[null,3,[],{},{\"name\":3,\"status\":\"ok\","
		"\"samples\":{},\"machines\":\"x\",\"interval\":1},"
		"{\"name\":\"\\u001b[2J\",\"status\":\"?\",\"samples\":[1,"
		"null,{},{\"tags\":[1,\"x\",\"steal\"],\"runs\":-1}],"
		"\"machines\":[1,2,3,4,\"host\"],\"reason\":\"\\u001b[2J\","
		"\"unit\":\"0123456789012345678901234567890\\u001b\"},"
		"{\"name\":\"micro/x\",\"status\":\"ok\",\"used\":-1,"
		"\"floor\":1e308,\"typical\":-5,\"spread\":null,\"unit\":"
		"\"ns\",\"samples\":[{\"runs\":1,\"guest_ns\":-1}]}]}",
	};
	struct results back;
	char why[512], *text;
	size_t len;
	FILE *f;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(odd); i++) {
		write_file(odd[i], strlen(odd[i]));
		assert_int_equal(read_back(&back, why, sizeof(why)), 0);
		f = open_memstream(&text, &len);
		assert_int_equal(report_text(f, &back, true), 0);
		assert_int_equal(report_compare(f, &back, &all), 0);
		fclose(f);
		assert_null(strchr(text, '\033'));
		free(text);
		results_free(&back);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(json_is_read_back),
		TEST(bad_files),
		TEST(no_file),
		TEST(odd_types),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
