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

void results_free(struct results *r)
{
	for (size_t i = 0; i < r->nenv; i++) {
		free(r->env[i].key);
		free(r->env[i].value);
	}
	free(r->env);
	for (size_t i = 0; i < r->nitems; i++) {
		free(r->items[i]->samples);
		if (r->items[i]->exits)
			exits_free(r->items[i]->exits);
		free(r->items[i]->exits);
		free(r->items[i]);
	}
	free(r->items);
	results_init(r);
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
	struct env_item *env, *item = find_env(r, key);
	char *copy;

	if (item) {
		free(item->value);
		item->value = value;
		return 0;
	}
	copy = strdup(key);
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

struct result *results_add(struct results *r, const char *name)
{
	struct result **items, *res = calloc(1, sizeof(*res));

	items = realloc(r->items, (r->nitems + 1) * sizeof(*items));
	if (items)
		r->items = items;
	if (!items || !res) {
		free(res);
		return NULL;
	}
	snprintf(res->name, sizeof(res->name), "%s", name);
	snprintf(res->unit, sizeof(res->unit), "ns");
	items[r->nitems++] = res;
	return res;
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

static void set_reason(struct result *res, enum result_status status,
		       const char *fmt, va_list ap)
{
	if (res->status >= status)
		return;
	res->status = status;
	vsnprintf(res->reason, sizeof(res->reason), fmt, ap);
	text_clean(res->reason);
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
	size_t len = strlen(res->note);
	va_list ap;

	if (len && len + 2 < sizeof(res->note)) {
		strcpy(res->note + len, "; ");
		len += 2;
	}
	va_start(ap, fmt);
	vsnprintf(res->note + len, sizeof(res->note) - len, fmt, ap);
	va_end(ap);
	text_clean(res->note);
}
