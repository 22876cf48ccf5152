// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reads what report-json.c wrote.  Figures are taken as they stand, not made
 * anew from the samples: an older vbench may have computed them differently.
 * What is missing is never read as 0.
 */
#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "report-exits.h"
#include "report-json-check.h"
#include "report-json-load.h"
#include "report.h"

static const char *text(const json_t *j, const char *key)
{
	const char *s = json_string_value(json_object_get(j, key));

	return s ? s : "";
}

static double number(const json_t *j)
{
	return json_is_number(j) ? json_number_value(j) : NAN;
}

static double real(const json_t *j, const char *key)
{
	return number(json_object_get(j, key));
}

static u64 whole_or(const json_t *j, const char *key, u64 missing)
{
	const json_t *v = json_object_get(j, key);

	return json_is_integer(v) ? (u64)json_integer_value(v) : missing;
}

static u64 whole(const json_t *j, const char *key)
{
	return whole_or(j, key, 0);
}

static bool is_true(const json_t *j, const char *key)
{
	return json_is_true(json_object_get(j, key));
}

static u32 read_tags(const json_t *list)
{
	u32 bits = 0;
	json_t *tag;
	size_t i;

	json_array_foreach(list, i, tag)
		for (u32 k = 0; k < SAMPLE_TAGS; k++)
			if (json_is_string(tag) &&
			    !strcmp(json_string_value(tag), sample_tag_name(k)))
				bits |= 1u << k;
	return bits;
}

static struct msg_counters read_counters(const json_t *j)
{
	return (struct msg_counters){
		.preempted = whole(j, "preempted"),
		.migrated = whole(j, "migrated"),
		.run_delay_ns = whole(j, "run_delay_ns"),
		.steal_ns = whole(j, "steal_ns"),
		.interrupts = whole(j, "interrupts"),
	};
}

/* A sample without a time is ignored, like one without runs. */
static bool has_time(const struct result *res, const json_t *j)
{
	return json_is_integer(json_object_get(
		j, res->clock == CLOCK_HOST ? "host_ns" : "guest_ns"));
}

static int read_samples(struct result *res, const json_t *list)
{
	struct sample *s;
	json_t *j;
	size_t i;

	json_array_foreach(list, i, j) {
		s = result_add_sample(res);
		if (!s)
			return -ENOMEM;
		s->pass = whole(j, "pass");
		s->runs = whole(j, "runs");
		s->guest_ns = whole(j, "guest_ns");
		s->host_ns = whole(j, "host_ns");
		s->ticks = whole(j, "ticks");
		s->has_value = json_is_integer(json_object_get(j, "value"));
		s->value = whole(j, "value");
		s->tags = read_tags(json_object_get(j, "tags"));
		s->counters = read_counters(j);
		s->has_host_delay =
			json_is_number(json_object_get(j, "host_delay_ns"));
		s->host_delay_ns = whole(j, "host_delay_ns");
		if (!s->has_value && !has_time(res, j))
			s->runs = 0;
	}
	return 0;
}

static void read_machines(struct result *res, const json_t *list)
{
	json_t *j;
	size_t i;

	json_array_foreach(list, i, j)
		if (i < 2)
			res->machines[res->nmachines++] =
				json_is_string(j) ? HOST_CLIENT_ID :
						    json_integer_value(j);
}

/* What is taken off: nothing, where the file does not say. */
static double real_or_0(const json_t *j, const char *key)
{
	double v = real(j, key);

	return isnan(v) ? 0 : v;
}

static void read_figures(struct result *res, const json_t *j)
{
	json_t *interval = json_object_get(j, "interval");

	res->summary = (struct summary){
		.used = whole_or(j, "used", USED_UNKNOWN),
		.tagged = whole(j, "tagged"),
		.all_tagged = is_true(j, "all_tagged"),
		.fixed = real_or_0(j, "fixed_ns"),
		.floor = real(j, "floor"),
		.typical = real(j, "typical"),
		.p99 = real(j, "p99"),
		.min = real(j, "min"),
		.max = real(j, "max"),
		.low = number(json_array_get(interval, 0)),
		.high = number(json_array_get(interval, 1)),
		.spread = real(j, "spread"),
	};
	res->loop_ns = real_or_0(j, "loop_ns");
	res->latency = json_is_true(json_object_get(j, "latency"));
	res->precise = is_true(j, "precise");
}

static void read_status(struct result *res, const json_t *j)
{
	const char *status = text(j, "status"), *reason = text(j, "reason");

	if (!strcmp(status, result_status_name(RESULT_SKIPPED)))
		result_skip(res, "%s", reason);
	else if (!strcmp(status, result_status_name(RESULT_FAILED)))
		result_fail(res, "%s", reason);
	else if (strcmp(status, result_status_name(RESULT_OK)))
		result_fail(res,
			    "its status is \"%.40s\", which this vbench "
			    "does not know",
			    status);
}

static int read_benchmark(struct results *r, const json_t *j)
{
	struct result *res = results_add(r, text(j, "name"));

	if (!res)
		return -ENOMEM;
	if (result_describe(res, text(j, "title"),
			    *text(j, "unit") ? text(j, "unit") : "?"))
		return -ENOMEM;
	if (*text(j, "note"))
		result_note(res, "%s", text(j, "note"));
	res->bytes = whole(j, "bytes");
	if (!strcmp(text(j, "clock"), result_clock_name(CLOCK_HOST)))
		res->clock = CLOCK_HOST;
	read_status(res, j);
	read_machines(res, json_object_get(j, "machines"));
	read_figures(res, j);
	if (json_is_object(json_object_get(j, "exits")) &&
	    (!result_add_exits(res) ||
	     exits_read(res->exits, json_object_get(j, "exits"))))
		return -ENOMEM;
	return read_samples(res, json_object_get(j, "samples"));
}

static int read_all(struct results *r, json_t *doc)
{
	const char *key;
	json_t *j;
	size_t i;
	int ret = 0;

	snprintf(r->backend, sizeof(r->backend), "%s",
		 *text(doc, "backend") ? text(doc, "backend") : "?");
	text_clean(r->backend);
	r->seed = whole_or(doc, "seed", SEED_UNKNOWN);
	r->machines = whole_or(doc, "machines", MACHINES_UNKNOWN);
	r->precision = real(doc, "precision");
	r->budget_s = real(doc, "budget_s");
	r->passes = whole(doc, "passes");
	json_object_foreach(json_object_get(doc, "environment"), key, j)
		if (json_is_string(j))
			ret |= results_env(r, key, "%s", json_string_value(j));
	json_array_foreach(json_object_get(doc, "benchmarks"), i, j) {
		if (ret)
			break;
		ret = read_benchmark(r, j);
	}
	return ret;
}

/* Users may mistake documents of other commands for results. */
static bool is_result(const json_t *doc, const char *path, char *why,
		      size_t size)
{
	const char *schema = text(doc, "schema");

	if (!strcmp(schema, RESULT_SCHEMA))
		return true;
	snprintf(why, size,
		 "%s is not a result that this vbench can read: its schema is "
		 "\"%.60s\", but \"vbench BACKEND --json=FILE\" writes \"%s\"",
		 path, schema, RESULT_SCHEMA);
	return false;
}

int report_json_read(const char *path, struct results *r, char *why,
		     size_t size)
{
	json_t *doc = report_json_load(path, why, size);
	char wrong[512];
	int ret = -EINVAL;

	if (!doc || !is_result(doc, path, why, size)) {
		/* The parser and the schema's name quote the file. */
		text_clean(why);
		goto out;
	}
	if (report_json_check(doc, wrong, sizeof(wrong))) {
		snprintf(
			why, size,
			"%s: %s (vbench writes no such file: write it again with "
			"--json=)",
			path, text_clean(wrong));
		text_clean(why);
		goto out;
	}
	r->file = strdup(path);
	ret = r->file ? read_all(r, doc) : -ENOMEM;
	if (r->file)
		text_clean(r->file);
	if (ret)
		snprintf(why, size, "not enough memory to read %s", path);
out:
	json_decref(doc);
	return ret;
}
