// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reads what report-json.c wrote.  Figures are taken as they stand, not made
 * anew from the samples: an older vbench may have made them otherwise.
 */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "report-exits.h"
#include "report.h"

static const char *text(const json_t *j, const char *key)
{
	const char *s = json_string_value(json_object_get(j, key));

	return s ? s : "";
}

static double real(const json_t *j, const char *key)
{
	return json_number_value(json_object_get(j, key));
}

static u64 whole(const json_t *j, const char *key)
{
	return json_integer_value(json_object_get(j, key));
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
		s->has_value = json_object_get(j, "value") != NULL;
		s->value = whole(j, "value");
		s->tags = read_tags(json_object_get(j, "tags"));
		s->counters = read_counters(j);
		s->host_delay_ns = whole(j, "host_delay_ns");
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

static void read_figures(struct result *res, const json_t *j)
{
	json_t *interval = json_object_get(j, "interval");

	res->summary = (struct summary){
		.used = whole(j, "used"),
		.tagged = whole(j, "tagged"),
		.all_tagged = is_true(j, "all_tagged"),
		.fixed = real(j, "fixed_ns"),
		.floor = real(j, "floor"),
		.typical = real(j, "typical"),
		.p99 = real(j, "p99"),
		.min = real(j, "min"),
		.max = real(j, "max"),
		.low = json_number_value(json_array_get(interval, 0)),
		.high = json_number_value(json_array_get(interval, 1)),
		.spread = real(j, "spread"),
	};
	res->loop_ns = real(j, "loop_ns");
	res->latency = json_is_true(json_object_get(j, "latency"));
	res->precise = is_true(j, "precise");
}

static void read_status(struct result *res, const json_t *j)
{
	const char *status = text(j, "status"), *reason = text(j, "reason");

	if (!strcmp(status, result_status_name(RESULT_SKIPPED)))
		result_skip(res, "%s", reason);
	else if (strcmp(status, result_status_name(RESULT_OK)))
		result_fail(res, "%s", reason);
}

static int read_benchmark(struct results *r, const json_t *j)
{
	struct result *res = results_add(r, text(j, "name"));

	if (!res)
		return -ENOMEM;
	snprintf(res->title, sizeof(res->title), "%s", text(j, "title"));
	snprintf(res->unit, sizeof(res->unit), "%s", text(j, "unit"));
	snprintf(res->note, sizeof(res->note), "%s", text(j, "note"));
	text_clean(res->title);
	text_clean(res->unit);
	text_clean(res->note);
	text_clean(res->name);
	res->bytes = whole(j, "bytes");
	if (!strcmp(text(j, "clock"), result_clock_name(CLOCK_HOST)))
		res->clock = CLOCK_HOST;
	read_status(res, j);
	read_machines(res, json_object_get(j, "machines"));
	read_figures(res, j);
	if (json_object_get(j, "exits") &&
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

	snprintf(r->backend, sizeof(r->backend), "%s", text(doc, "backend"));
	text_clean(r->backend);
	r->seed = whole(doc, "seed");
	r->machines = whole(doc, "machines");
	r->precision = real(doc, "precision");
	r->budget_s = real(doc, "budget_s");
	r->passes = whole(doc, "passes");
	json_object_foreach(json_object_get(doc, "environment"), key, j)
		if (json_is_string(j))
			ret |= results_env(r, key, "%s", json_string_value(j));
	json_array_foreach(json_object_get(doc, "benchmarks"), i, j)
		ret |= read_benchmark(r, j);
	return ret;
}

int report_json_read(const char *path, struct results *r, char *why,
		     size_t size)
{
	json_error_t error;
	json_t *doc = json_load_file(path, 0, &error);
	int ret = -EINVAL;

	if (!doc)
		snprintf(why, size, "%s: %s%s", path, error.text,
			 error.line > 0 ? " (not a result of --json?)" : "");
	else if (strcmp(text(doc, "schema"), RESULT_SCHEMA))
		snprintf(why, size,
			 "%s is no result of this vbench: its schema "
			 "is \"%s\", not \"%s\"",
			 path, text(doc, "schema"), RESULT_SCHEMA);
	else if ((ret = read_all(r, doc)))
		snprintf(why, size, "%s: out of memory", path);
	/* The parser and the schema's name quote the file. */
	if (ret)
		text_clean(why);
	json_decref(doc);
	return ret;
}
