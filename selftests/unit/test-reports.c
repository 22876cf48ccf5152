// SPDX-License-Identifier: GPL-2.0-only
/* Documents are made in memory as a run makes them, then taken apart. */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "../../user/distribution.h"
#include "../../user/report.h"
#include "unit.h"

static struct results all;

static void add_samples(struct result *res, int n)
{
	for (int i = 0; i < n; i++) {
		struct sample *s = result_add_sample(res);

		s->runs = i % 2 ? 2000 : 1000;
		s->guest_ns = s->runs * 42ull + i;
		s->host_ns = s->guest_ns + 50000;
		s->ticks = 3 * s->guest_ns;
	}
}

static void add_ok(void)
{
	struct result *res = results_add(&all, "micro/fork");

	strcpy(res->title, "Time for one \"fork\"");
	add_samples(res, 20);
	res->samples[4].counters.preempted = 1;
	res->samples[4].host_delay_ns = 1000000;
	res->machines[0] = 2;
	res->nmachines = 1;
	res->precise = true;
	assert_int_equal(result_summarise(res), 0);
}

static void add_pair(void)
{
	struct result *res = results_add(&all, "inter/bandwidth");

	res->bytes = 4096;
	res->clock = CLOCK_HOST;
	add_samples(res, 8);
	for (size_t i = 0; i < res->nsamples; i++) {
		res->samples[i].has_value = true;
		res->samples[i].value = 4096;
	}
	res->machines[0] = HOST_CLIENT_ID;
	res->machines[1] = 0;
	res->nmachines = 2;
	result_note(res, "clock of 0, \"odd\"");
	assert_int_equal(result_summarise(res), 0);
}

static int setup(void **state)
{
	(void)state;
	results_init(&all);
	strcpy(all.backend, "lo\"cal");
	all.seed = 0x7fffffffffffffff;
	all.machines = 4;
	all.precision = 0.01;
	all.budget_s = 2.5;
	results_env(&all, "guest.kernel", "6.1");
	results_env(&all, "guest.cpu", "Caf\xc3\xa9 \"CPU\"");
	add_ok();
	result_skip(results_add(&all, "micro/vmcall"), "no, \"%s\"", "AMD");
	add_pair();
	result_fail(results_add(&all, "micro/a,b"), "died");
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	results_free(&all);
	return 0;
}

static const struct report *find_report(const char *name)
{
	const struct report *r = __start_vbench_reports;

	for (; r < __stop_vbench_reports; r++)
		if (!strcmp(r->name, name))
			return r;
	fail_msg("no report is called %s", name);
	return NULL;
}

/* The whole document after the first @n results; the caller frees it. */
static char *document(const char *name, size_t n)
{
	const struct report *rep = find_report(name);
	char *text;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	assert_non_null(f);
	assert_int_equal(rep->begin(f, &all), 0);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(rep->result(f, &all, all.items[i], i == 0), 0);
	assert_int_equal(rep->end(f, &all), 0);
	assert_int_equal(fclose(f), 0);
	return text;
}

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
	json_array_foreach(get(doc, "benchmarks"), i, b) check_types(b);
	assert_string_equal(text_of(benchmark(doc, 1), "reason"),
			    "no, \"AMD\"");
	b = get(benchmark(doc, 2), "machines");
	assert_string_equal(json_string_value(json_array_get(b, 0)), "host");
	assert_true(json_is_integer(json_array_get(b, 1)));
	json_decref(doc);
}

static void json_samples(void **state)
{
	static const char *const whole[] = { "runs", "guest_ns", "host_ns",
					     "ticks" };
	json_t *doc = parse(all.nitems), *s, *tags;
	size_t i;

	(void)state;
	json_array_foreach(get(benchmark(doc, 0), "samples"), i, s)
	{
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
		assert_int_equal(a->samples[i].runs, b->samples[i].runs);
		assert_int_equal(a->samples[i].guest_ns,
				 b->samples[i].guest_ns);
		assert_int_equal(a->samples[i].host_ns, b->samples[i].host_ns);
		assert_int_equal(a->samples[i].ticks, b->samples[i].ticks);
		assert_int_equal(a->samples[i].tags, b->samples[i].tags);
		assert_int_equal(a->samples[i].has_value,
				 b->samples[i].has_value);
		assert_int_equal(a->samples[i].value, b->samples[i].value);
	}
}

static void json_is_read_back(void **state)
{
	char *text = document("json", all.nitems), why[512];
	struct results back;

	(void)state;
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

/* One field of RFC 4180 at @p into @out; returns what follows it. */
static const char *field(const char *p, char *out)
{
	bool quoted = *p == '"';

	for (p += quoted; quoted || !strchr(",\n", *p); p++) {
		if (quoted && *p == '"' && *++p != '"')
			break;
		assert_int_not_equal(*p, '\0');
		*out++ = *p;
	}
	*out = '\0';
	return p;
}

#define COLUMNS 16

static const char *row(const char *p, char cells[COLUMNS][MSG_TEXT_MAX])
{
	int n;

	for (n = 0; n < COLUMNS; n++) {
		p = field(p, cells[n]);
		if (*p++ == '\n')
			break;
	}
	assert_int_equal(n, COLUMNS - 1);
	return p;
}

static void csv_has_a_row_for_each_sample(void **state)
{
	char *text = document("csv", all.nitems);
	char cells[COLUMNS][MSG_TEXT_MAX];
	const char *p = row(text, cells);

	(void)state;
	assert_string_equal(cells[0], "benchmark");
	assert_string_equal(cells[COLUMNS - 1], "tags");
	for (size_t i = 0; i < all.nitems; i++) {
		const struct result *res = all.items[i];
		size_t rows = res->nsamples ? res->nsamples : 1;

		for (size_t k = 0; k < rows; k++) {
			p = row(p, cells);
			assert_string_equal(cells[0], res->name);
			assert_string_equal(cells[1],
					    result_status_name(res->status));
			assert_string_equal(cells[2], res->reason);
			if (!res->nsamples)
				continue;
			assert_int_equal(atoi(cells[9]), k);
			assert_int_equal(atoi(cells[10]), res->samples[k].runs);
			assert_int_equal(atoi(cells[11]),
					 res->samples[k].guest_ns);
		}
	}
	assert_int_equal(*p, '\0');
	free(text);
}

static void csv_quotes(void **state)
{
	char *text = document("csv", all.nitems);

	(void)state;
	assert_contains(text, "\"no, \"\"AMD\"\"\"");
	assert_contains(text, "\n\"micro/a,b\",failed,died,ns,,,,");
	assert_contains(text, ",host 0,");
	assert_contains(text, ",preempted host-delay\n");
	free(text);
}

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
	assert_null(strstr(text, "logarithmic"));
	assert_whole(text, 2);
	free(text);
	text = histogram(NULL, 0);
	assert_string_equal(text, "");
	free(text);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(json_is_whole_after_every_result),
		TEST(json_top_level),
		TEST(json_types_and_nulls),
		TEST(json_samples),
		TEST(json_extremes),
		TEST(json_is_read_back),
		TEST(bad_files),
		TEST(no_file),
		TEST(odd_types),
		TEST(csv_has_a_row_for_each_sample),
		TEST(csv_quotes),
		TEST(table_has_everything),
		TEST(nothing_to_show),
		TEST(comparison),
		TEST(distribution_of_constants),
		TEST(distribution_of_wide_data),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
