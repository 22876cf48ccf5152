// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "result.h"

void results_init(struct results *r)
{
	memset(r, 0, sizeof(*r));
}

static void result_free(struct result *res)
{
	free(res->name);
	free(res->title);
	free(res->unit);
	free(res->reason);
	free(res->note);
	free(res->samples);
	if (res->exits)
		exits_free(res->exits);
	free(res->exits);
	free(res);
}

void results_free(struct results *r)
{
	for (size_t i = 0; i < r->nenv; i++) {
		free(r->env[i].key);
		free(r->env[i].value);
	}
	free(r->env);
	for (size_t i = 0; i < r->nitems; i++)
		result_free(r->items[i]);
	free(r->items);
	free(r->file);
	results_init(r);
}

static char *result_text(const char *text)
{
	char *copy = strdup(text);

	return copy ? text_clean(copy) : NULL;
}

static struct env_item *find_env(const struct results *r, const char *key)
{
	for (size_t i = 0; i < r->nenv; i++)
		if (!strcmp(r->env[i].key, key))
			return &r->env[i];
	return NULL;
}

/* Takes @value over. */
static int add_env(struct results *r, const char *key, char *value)
{
	char *copy = result_text(key);
	struct env_item *env, *item = copy ? find_env(r, copy) : NULL;

	if (item) {
		free(copy);
		free(item->value);
		item->value = value;
		return 0;
	}
	env = realloc(r->env, (r->nenv + 1) * sizeof(*env));
	if (env)
		r->env = env;
	if (!copy || !env) {
		free(copy);
		free(value);
		return -ENOMEM;
	}
	env[r->nenv++] = (struct env_item){ .key = copy, .value = value };
	return 0;
}

int results_env(struct results *r, const char *key, const char *fmt, ...)
{
	char *value;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&value, fmt, ap);
	va_end(ap);
	if (n < 0)
		return -ENOMEM;
	return add_env(r, key, text_clean(value));
}

const char *results_env_get(const struct results *r, const char *key)
{
	const struct env_item *item = find_env(r, key);

	return item ? item->value : NULL;
}

static struct result *result_new(const char *name)
{
	struct result *res = calloc(1, sizeof(*res));

	if (!res)
		return NULL;
	res->name = result_text(name);
	res->title = result_text("");
	res->unit = result_text("ns");
	res->reason = result_text("");
	res->note = result_text("");
	if (res->name && res->title && res->unit && res->reason && res->note)
		return res;
	result_free(res);
	return NULL;
}

struct result *results_add(struct results *r, const char *name)
{
	size_t room = r->room ? 2 * r->room : 64;
	struct result **items;

	if (r->nitems == r->room) {
		items = reallocarray(r->items, room, sizeof(*items));
		if (!items)
			return NULL;
		r->items = items;
		r->room = room;
	}
	r->items[r->nitems] = result_new(name);
	return r->items[r->nitems] ? r->items[r->nitems++] : NULL;
}

/* Takes the text over, if there is one. */
static int result_set(char **text, char *value)
{
	if (!value)
		return -ENOMEM;
	free(*text);
	*text = value;
	return 0;
}

int result_describe(struct result *res, const char *title, const char *unit)
{
	return result_set(&res->title, result_text(title)) |
	       result_set(&res->unit, result_text(unit));
}

const struct result *results_find(const struct results *r, const char *name)
{
	for (size_t i = 0; i < r->nitems; i++)
		if (!strcmp(r->items[i]->name, name))
			return r->items[i];
	return NULL;
}

size_t results_count(const struct results *r, enum result_status status)
{
	size_t n = 0;

	for (size_t i = 0; i < r->nitems; i++)
		n += r->items[i]->status == status;
	return n;
}

struct exits *result_add_exits(struct result *res)
{
	if (!res->exits)
		res->exits = calloc(1, sizeof(*res->exits));
	return res->exits;
}

struct sample *result_add_sample(struct result *res)
{
	size_t room = res->room ? 2 * res->room : 64;
	struct sample *s;

	if (res->nsamples == res->room) {
		s = reallocarray(res->samples, room, sizeof(*s));
		if (!s)
			return NULL;
		res->samples = s;
		res->room = room;
	}
	s = &res->samples[res->nsamples++];
	memset(s, 0, sizeof(*s));
	return s;
}

void result_forget(struct result *res)
{
	res->nsamples = 0;
	res->summary = (struct summary){ 0 };
	res->loop_ns = 0;
	res->zero_guest_ns = res->zero_host_ns = res->zero_value = 0;
	res->precise = false;
	res->clock = CLOCK_GUEST;
	res->clock_lies = false;
	res->note[0] = '\0';
}

static void set_reason(struct result *res, enum result_status status,
		       const char *fmt, va_list ap)
{
	char *reason;

	if (res->status >= status)
		return;
	res->status = status;
	if (vasprintf(&reason, fmt, ap) >= 0)
		result_set(&res->reason, text_clean(reason));
}

void result_skip(struct result *res, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	set_reason(res, RESULT_SKIPPED, fmt, ap);
	va_end(ap);
}

void result_fail(struct result *res, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	set_reason(res, RESULT_FAILED, fmt, ap);
	va_end(ap);
}

void result_note(struct result *res, const char *fmt, ...)
{
	char *added, *note;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&added, fmt, ap);
	va_end(ap);
	if (n < 0)
		return;
	n = asprintf(&note, "%s%s%s", res->note, *res->note ? "; " : "", added);
	free(added);
	if (n >= 0)
		result_set(&res->note, text_clean(note));
}
