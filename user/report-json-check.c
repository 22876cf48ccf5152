// SPDX-License-Identifier: GPL-2.0-only
/* The schema that results-format.rst describes, as tables. */
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "report-json-check.h"
#include "result.h"

/* A double of this and above is no int64_t. */
#define WHOLE_LIMIT 0x1p63
#define UNIT_MAX 31
#define ENVIRONMENT_MAX 4096
/* Each is compared with each when they are shown; vbench writes a few hundred. */
#define ROWS_MAX 16384
/* "0x" and 64 bits. */
#define ADDRESS_MAX 18

enum field_type { TEXT, WHOLE, NUMBER, BOOLEAN, LIST, OBJECT };

struct field {
	const char *key;
	enum field_type type;
	bool required;
	json_int_t
		max; /* of WHOLE; of LIST its length, of TEXT its bytes; 0 any */
};

static const struct field top_fields[] = {
	{ "backend", TEXT, false, 255 },
	{ "seed", WHOLE },
	{ "machines", WHOLE, false, UINT32_MAX - 1 },
	{ "precision", NUMBER },
	{ "budget_s", NUMBER },
	{ "passes", WHOLE, false, UINT32_MAX },
	{ "environment", OBJECT, false, ENVIRONMENT_MAX },
	{ "benchmarks", LIST, true },
};

static const struct field benchmark_fields[] = {
	{ "name", TEXT, true },
	{ "title", TEXT },
	{ "status", TEXT, true },
	{ "reason", TEXT },
	{ "unit", TEXT, false, UNIT_MAX },
	{ "floor", NUMBER },
	{ "typical", NUMBER },
	{ "p99", NUMBER },
	{ "min", NUMBER },
	{ "max", NUMBER },
	{ "spread", NUMBER },
	{ "interval", LIST, false, 2 },
	{ "fixed_ns", NUMBER },
	{ "loop_ns", NUMBER },
	{ "used", WHOLE },
	{ "tagged", WHOLE },
	{ "all_tagged", BOOLEAN },
	{ "precise", BOOLEAN },
	{ "clock", TEXT },
	{ "note", TEXT },
	{ "bytes", WHOLE },
	{ "latency", BOOLEAN },
	{ "machines", LIST, false, 2 },
	{ "exits", OBJECT },
	{ "samples", LIST },
};

static const struct field sample_fields[] = {
	{ "pass", WHOLE, false, UINT32_MAX },
	{ "runs", WHOLE, false, UINT32_MAX },
	{ "guest_ns", WHOLE },
	{ "host_ns", WHOLE },
	{ "ticks", WHOLE },
	{ "value", WHOLE },
	{ "tags", LIST },
	{ "preempted", WHOLE, false, UINT32_MAX },
	{ "migrated", WHOLE, false, UINT32_MAX },
	{ "run_delay_ns", WHOLE },
	{ "steal_ns", WHOLE },
	{ "interrupts", WHOLE },
	{ "host_delay_ns", WHOLE },
};

/* Bytes of a text for which a struct has an array. */
#define ROOM(type, member) (sizeof(((struct type *)0)->member) - 1)

static const struct field exits_fields[] = {
	{ "tier", TEXT, false, 1 },
	{ "per_op", NUMBER },
	{ "runs", WHOLE },
	{ "windows", WHOLE },
	{ "fixed_windows", WHOLE },
	{ "count", WHOLE },
	{ "stat_exits_delta", WHOLE },
	{ "uneven_windows", WHOLE },
	{ "discarded_windows", WHOLE },
	{ "expects", TEXT, false, ROOM(exits, expects) },
	{ "findings", TEXT, false, ROOM(exits, findings) },
	{ "missed_events", WHOLE },
	{ "unseen_vcpus", WHOLE },
	{ "backwards", WHOLE },
	{ "worst_gap", NUMBER },
	{ "lost", WHOLE },
	{ "foreign_exits", WHOLE },
	{ "foreign_markers", WHOLE },
	{ "wall_ns", WHOLE },
	{ "guest_ns", WHOLE },
	{ "kernel_ns", WHOLE },
	{ "vmm_ns", WHOLE },
	{ "sched_ns", WHOLE },
	{ "untraced_ns", NUMBER },
	{ "traced_ns", NUMBER },
	{ "broken", TEXT, false, ROOM(exits, broken) },
	{ "by_reason", LIST, false, ROWS_MAX },
	{ "by_rip", LIST, false, ROWS_MAX },
	{ "rips_over", WHOLE },
	{ "rips_hidden", WHOLE },
};

static const struct field reason_fields[] = {
	{ "reason", TEXT, true, ROOM(exit_row, reason) },
	{ "detail", TEXT, false, ROOM(exit_row, detail) },
	{ "count", WHOLE, true },
	{ "missed_max", WHOLE },
	{ "fixed_count", WHOLE },
	{ "per_op", NUMBER },
	{ "user_exits", WHOLE },
	{ "kernel_ns", WHOLE },
	{ "vmm_ns", WHOLE },
	{ "sched_ns", WHOLE },
};

static const struct field rip_fields[] = {
	{ "rip", TEXT, true, ADDRESS_MAX },
	{ "reason", TEXT, true, ROOM(exit_site, reason) },
	{ "function", TEXT, false, ROOM(exit_site, function) },
	{ "line", TEXT, false, ROOM(exit_site, line) },
	{ "count", WHOLE, true },
	{ "missed_max", WHOLE },
	{ "fixed_count", WHOLE },
};

/* Where in the document. */
struct place {
	char *why;
	size_t size;
	size_t benchmark; /* from 1; 0: the top */
	const char *name; /* of the benchmark, or NULL */
	const char *list; /* within it, or NULL */
	size_t item; /* from 1 */
};

__attribute__((format(printf, 2, 3))) static bool
check_failed(const struct place *at, const char *fmt, ...)
{
	size_t used = 0;
	va_list ap;

#define ADD(...)                                                               \
	(used += snprintf(at->why + used,                                      \
			  used < at->size ? at->size - used : 0, __VA_ARGS__), \
	 used = used < at->size ? used : at->size)
	at->why[0] = '\0';
	if (at->benchmark)
		ADD("benchmark %zu", at->benchmark);
	if (at->name)
		ADD(" (\"%.200s\")", at->name);
	if (at->list)
		ADD(", %s", at->list);
	if (at->item)
		ADD(" %zu", at->item);
	if (at->benchmark)
		ADD(": ");
#undef ADD
	if (used >= at->size)
		return false;
	va_start(ap, fmt);
	vsnprintf(at->why + used, at->size - used, fmt, ap);
	va_end(ap);
	return false;
}

static const char *type_name(const json_t *v)
{
	switch (json_typeof(v)) {
	case JSON_OBJECT:
		return "an object";
	case JSON_ARRAY:
		return "an array";
	case JSON_STRING:
		return "a string";
	case JSON_INTEGER:
	case JSON_REAL:
		return "a number";
	case JSON_TRUE:
	case JSON_FALSE:
		return "a boolean";
	default:
		return "null";
	}
}

static bool has_type(const json_t *v, enum field_type type)
{
	switch (type) {
	case TEXT:
		return json_is_string(v);
	case WHOLE:
	case NUMBER:
		return json_is_number(v);
	case BOOLEAN:
		return json_is_boolean(v);
	case LIST:
		return json_is_array(v);
	default:
		return json_is_object(v);
	}
}

static const char *wanted_name(enum field_type type)
{
	static const char *const names[] = {
		[TEXT] = "a string",   [WHOLE] = "a whole number",
		[NUMBER] = "a number", [BOOLEAN] = "a boolean",
		[LIST] = "an array",   [OBJECT] = "an object",
	};

	return names[type];
}

static bool check_number(const struct place *at, const char *key,
			 const json_t *v)
{
	if (json_number_value(v) >= 0)
		return true;
	return check_failed(at, "\"%s\" is %g, but cannot be negative", key,
			    json_number_value(v));
}

/* 20.0 becomes 20. */
static bool check_whole(const struct place *at, const struct field *f,
			json_t *object, json_t *v)
{
	json_int_t max = f->max ? f->max : INT64_MAX, whole;

	if (!check_number(at, f->key, v))
		return false;
	if (json_is_real(v) && json_real_value(v) < WHOLE_LIMIT) {
		whole = json_real_value(v);
		if (whole != json_real_value(v))
			return check_failed(at,
					    "\"%s\" is %g, not a whole number",
					    f->key, json_real_value(v));
		if (json_object_set_new(object, f->key, json_integer(whole)))
			return check_failed(at, "out of memory");
		v = json_object_get(object, f->key);
	}
	if (json_is_integer(v) && json_integer_value(v) <= max)
		return true;
	return check_failed(at, "\"%s\" is %g, more than %lld", f->key,
			    json_number_value(v), (long long)max);
}

static bool check_length(const struct place *at, const struct field *f,
			 size_t length, const char *of)
{
	if (!f->max || length <= (size_t)f->max)
		return true;
	return check_failed(at, "\"%s\" has %zu %s, more than %lld", f->key,
			    length, of, (long long)f->max);
}

static bool check_field(const struct place *at, const struct field *f,
			json_t *object)
{
	json_t *v = json_object_get(object, f->key);

	if (!v || json_is_null(v))
		return f->required ?
			       check_failed(at, "\"%s\" is missing", f->key) :
			       true;
	if (!has_type(v, f->type))
		return check_failed(at, "\"%s\" is %s, not %s", f->key,
				    type_name(v), wanted_name(f->type));
	switch (f->type) {
	case WHOLE:
		return check_whole(at, f, object, v);
	case NUMBER:
		return check_number(at, f->key, v);
	case TEXT:
		return check_length(at, f, json_string_length(v), "bytes");
	case LIST:
		return check_length(at, f, json_array_size(v), "items");
	case OBJECT:
		return check_length(at, f, json_object_size(v), "members");
	default:
		return true;
	}
}

#define CHECK(at, object, fields) \
	check_object(at, object, fields, sizeof(fields) / sizeof((fields)[0]))

static bool check_object(const struct place *at, json_t *object,
			 const struct field *fields, size_t n)
{
	if (!json_is_object(object))
		return check_failed(at, "it is %s, not an object",
				    type_name(object));
	for (size_t i = 0; i < n; i++)
		if (!check_field(at, &fields[i], object))
			return false;
	return true;
}

static bool check_list(struct place at, json_t *list, const char *what,
		       const struct field *fields, size_t n)
{
	json_t *j;
	size_t i;

	at.list = what;
	json_array_foreach(list, i, j) {
		at.item = i + 1;
		if (!check_object(&at, j, fields, n))
			return false;
	}
	return true;
}

#define CHECK_LIST(at, object, key, what, fields)                  \
	check_list(at, json_object_get(object, key), what, fields, \
		   sizeof(fields) / sizeof((fields)[0]))

static bool check_addresses(struct place at, const json_t *rows)
{
	const char *rip;
	const json_t *j;
	size_t i;

	at.list = "row of by_rip";
	json_array_foreach(rows, i, j) {
		rip = json_string_value(json_object_get(j, "rip"));
		at.item = i + 1;
		if (strncmp(rip, "0x", 2) || !rip[2] ||
		    rip[2 + strspn(rip + 2, "0123456789abcdefABCDEF")])
			return check_failed(&at,
					    "\"rip\" is \"%s\", not an "
					    "address such as 0x1f",
					    rip);
	}
	return true;
}

static bool check_exits(struct place at, json_t *exits)
{
	if (!json_is_object(exits))
		return true;
	at.list = "exits";
	if (!CHECK(&at, exits, exits_fields))
		return false;
	return CHECK_LIST(at, exits, "by_reason", "row of by_reason",
			  reason_fields) &&
	       CHECK_LIST(at, exits, "by_rip", "row of by_rip", rip_fields) &&
	       check_addresses(at, json_object_get(exits, "by_rip"));
}

/* Two numbers in order, or none at all. */
static bool check_interval(const struct place *at, const json_t *interval)
{
	json_t *low = json_array_get(interval, 0);
	json_t *high = json_array_get(interval, 1);

	if (!json_is_array(interval) || (json_is_null(low) && high))
		return true;
	if (!json_is_number(low) ||
	    !(json_is_number(high) || json_is_null(high)))
		return check_failed(at, "\"interval\" is not two numbers");
	if (!check_number(at, "interval", low))
		return false;
	if (json_is_number(high) &&
	    json_number_value(high) < json_number_value(low))
		return check_failed(at, "\"interval\" ends before it begins");
	return true;
}

/* "host" or a number, of which 1.0 becomes 1. */
static bool check_machine(const struct place *at, json_t *list, size_t i)
{
	const json_t *v = json_array_get(list, i);
	double number = json_number_value(v);

	if (json_is_string(v) && !strcmp(json_string_value(v), "host"))
		return true;
	if (!json_is_number(v) || number < 0 || number > INT32_MAX ||
	    number != (json_int_t)number)
		return check_failed(at,
				    "\"machines\" has an item that is neither "
				    "a machine's number nor \"host\"");
	if (json_array_set_new(list, i, json_integer(number)))
		return check_failed(at, "out of memory");
	return true;
}

static bool check_words(const struct place *at, const json_t *j)
{
	const char *clock = json_string_value(json_object_get(j, "clock"));
	const char *name = json_string_value(json_object_get(j, "name"));
	json_t *machines = json_object_get(j, "machines");

	if (!*name)
		return check_failed(at, "\"name\" is empty");
	if (clock && strcmp(clock, result_clock_name(CLOCK_HOST)) &&
	    strcmp(clock, result_clock_name(CLOCK_GUEST)))
		return check_failed(at,
				    "\"clock\" is \"%.40s\", neither \"guest\" "
				    "nor \"host\"",
				    clock);
	for (size_t i = 0; i < json_array_size(machines); i++)
		if (!check_machine(at, machines, i))
			return false;
	return true;
}

static bool check_benchmark(struct place at, json_t *j)
{
	at.name = json_string_value(json_object_get(j, "name"));
	return CHECK(&at, j, benchmark_fields) && check_words(&at, j) &&
	       check_interval(&at, json_object_get(j, "interval")) &&
	       CHECK_LIST(at, j, "samples", "sample", sample_fields) &&
	       check_exits(at, json_object_get(j, "exits"));
}

static bool check_environment(const struct place *at, json_t *environment)
{
	const char *key;
	json_t *v;

	json_object_foreach(environment, key, v)
		if (!json_is_string(v) && !json_is_null(v))
			return check_failed(at,
					    "\"%.100s\" of \"environment\" is "
					    "%s, not a string",
					    key, type_name(v));
	return true;
}

int report_json_check(json_t *doc, char *why, size_t size)
{
	struct place at = { .why = why, .size = size };
	json_t *j;
	size_t i;

	if (!CHECK(&at, doc, top_fields) ||
	    !check_environment(&at, json_object_get(doc, "environment")))
		return -EINVAL;
	json_array_foreach(json_object_get(doc, "benchmarks"), i, j) {
		at.benchmark = i + 1;
		if (!check_benchmark(at, j))
			return -EINVAL;
	}
	return 0;
}
