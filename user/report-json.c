// SPDX-License-Identifier: GPL-2.0-only
/* --json: Documentation/results-format.rst is its schema. */
#include <errno.h>
#include <jansson.h>
#include <math.h>

#include "report-exits.h"
#include "report.h"

#define DUMP (JSON_COMPACT | JSON_REAL_PRECISION(10))

/* Writes @j, and gives it up: 0 or -errno. */
static int dump(FILE *f, json_t *j, size_t flags)
{
	int ret = -ENOMEM;

	if (j)
		ret = json_dumpf(j, f, flags) ? -EIO : 0;
	json_decref(j);
	return ret;
}

static json_t *environment(const struct results *r)
{
	json_t *env = json_object();

	for (size_t i = 0; env && i < r->nenv; i++)
		json_object_set_new(env, r->env[i].key,
				    json_string(r->env[i].value));
	return env;
}

static int begin(FILE *f, const struct results *r)
{
	fprintf(f, "{\"schema\":\"%s\",\n\"backend\":", RESULT_SCHEMA);
	if (dump(f, json_string(r->backend), JSON_ENCODE_ANY))
		return -ENOMEM;
	fprintf(f,
		",\n\"seed\":%llu,\"machines\":%u,\"precision\":%g,"
		"\"budget_s\":%g,\"passes\":%u,\n\"environment\":",
		(unsigned long long)r->seed, r->machines, r->precision,
		r->budget_s, r->passes);
	if (dump(f, environment(r), JSON_COMPACT))
		return -ENOMEM;
	fputs(",\n\"benchmarks\":[", f);
	return ferror(f) ? -EIO : 0;
}

/* JSON knows no infinity and no NaN. */
static json_t *number(double v)
{
	return isfinite(v) ? json_real(v) : json_null();
}

static json_t *count(u64 v)
{
	return json_integer(v > INT64_MAX ? INT64_MAX : (json_int_t)v);
}

static json_t *machines(const struct result *res)
{
	json_t *list = json_array();

	for (int i = 0; list && i < res->nmachines; i++)
		json_array_append_new(list,
				      res->machines[i] == HOST_CLIENT_ID ?
					      json_string("host") :
					      json_integer(res->machines[i]));
	return list;
}

static json_t *tags(u32 bits)
{
	json_t *list = json_array();

	for (u32 i = 0; list && i < SAMPLE_TAGS; i++)
		if (bits & 1u << i)
			json_array_append_new(list,
					      json_string(sample_tag_name(i)));
	return list;
}

static json_t *sample(const struct sample *s)
{
	const struct msg_counters *c = &s->counters;

	return json_pack("{so so so so so so* so so so so so so so}", "pass",
			 count(s->pass), "runs", count(s->runs), "guest_ns",
			 count(s->guest_ns), "host_ns", count(s->host_ns),
			 "ticks", count(s->ticks), "value",
			 s->has_value ? count(s->value) : NULL, "tags",
			 tags(s->tags), "preempted", count(c->preempted),
			 "migrated", count(c->migrated), "run_delay_ns",
			 count(c->run_delay_ns), "steal_ns", count(c->steal_ns),
			 "interrupts", count(c->interrupts), "host_delay_ns",
			 s->has_host_delay ? count(s->host_delay_ns) :
					     json_null());
}

static json_t *samples(const struct result *res)
{
	json_t *list = json_array();

	for (size_t i = 0; list && i < res->nsamples; i++)
		json_array_append_new(list, sample(&res->samples[i]));
	return list;
}

static json_t *optional(const char *text)
{
	return *text ? json_string(text) : json_null();
}

static void set_figures(json_t *j, const struct result *res)
{
	const struct summary *s = &res->summary;
	bool ok = result_has_figures(res);

#define FIGURE(name, v) \
	json_object_set_new(j, name, ok ? number(v) : json_null())
	FIGURE("floor", s->floor);
	FIGURE("typical", s->typical);
	FIGURE("p99", s->p99);
	FIGURE("min", s->min);
	FIGURE("max", s->max);
	FIGURE("spread", s->spread);
	json_object_set_new(j, "interval",
			    ok ? json_pack("[oo]", number(s->low),
					   number(s->high)) :
				 json_null());
	FIGURE("fixed_ns", s->fixed);
	FIGURE("loop_ns", res->loop_ns);
#undef FIGURE
	json_object_set_new(j, "used", json_integer(s->used));
	json_object_set_new(j, "tagged", json_integer(s->tagged));
	json_object_set_new(j, "all_tagged", json_boolean(s->all_tagged));
	json_object_set_new(j, "precise", json_boolean(res->precise));
}

static int result(FILE *f, const struct results *r, const struct result *res,
		  bool first)
{
	json_t *j;

	j = json_pack("{ss ss ss so ss so sb ss so}", "name", res->name,
		      "title", res->title, "status",
		      result_status_name(res->status), "reason",
		      optional(res->reason), "unit", res->unit, "bytes",
		      count(res->bytes), "latency", res->latency, "clock",
		      result_clock_name(res->clock), "note",
		      optional(res->note));
	if (!j)
		return -ENOMEM;
	set_figures(j, res);
	json_object_set_new(j, "machines", machines(res));
	if (res->exits)
		json_object_set_new(j, "exits", exits_json(res->exits));
	json_object_set_new(j, "samples", samples(res));
	fputs(first ? "\n" : ",\n", f);
	return dump(f, j, DUMP);
}

static int end(FILE *f, const struct results *r)
{
	return fputs("\n]}\n", f) < 0 ? -EIO : 0;
}

struct report json_report _report_ = {
	.name = "json",
	.help = "write every sample and the environment to FILE, as JSON",
	.begin = begin,
	.result = result,
	.end = end,
};
