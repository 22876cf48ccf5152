// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <jansson.h>

#include "listing.h"

static json_t *optional(const char *text)
{
	return text && *text ? json_string(text) : json_null();
}

static json_t *benchmark(const struct listing *l, size_t i)
{
	const struct benchmark *b = l->list[i]->bench;
	char name[BENCH_NAME_MAX];
	json_t *j;

	bench_full_name(l->list[i], name, sizeof(name));
	j = json_pack("{ss ss so ss sI sI}", "name", name, "title", b->title,
		      "exercises", optional(b->exercises), "unit",
		      b->unit ? b->unit : "ns", "vcpus",
		      (json_int_t)(b->vcpus ? b->vcpus : 1), "machines",
		      (json_int_t)b->server->machines);
	if (j && l->reason) {
		json_object_set_new(j, "runs", json_boolean(!l->reason[i][0]));
		json_object_set_new(j, "reason", optional(l->reason[i]));
	}
	return j;
}

int listing_json(FILE *f, const struct listing *l)
{
	json_t *list = json_array(), *top;
	int ret = 0;

	for (size_t i = 0; i < l->n && !ret; i++)
		ret = json_array_append_new(list, benchmark(l, i));
	top = json_pack("{ss so so}", "schema", LIST_SCHEMA, "backend",
			optional(l->backend), "benchmarks", list);
	if (!top || ret)
		ret = -ENOMEM;
	else if (json_dumpf(top, f, JSON_INDENT(1)) || fputc('\n', f) < 0)
		ret = -EIO;
	json_decref(top);
	return ret;
}
