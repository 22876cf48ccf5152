// SPDX-License-Identifier: GPL-2.0-only
/* Why benchmarks have no figures: once for all of a group. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "report.h"
#include "wrap.h"

/* A hundred equal lines would hide the others. */
#define CROWD 4

struct reason {
	const char *what, *name;
	char *text;
	bool may_join;
	size_t at; /* the order of report_reason() */
	size_t crowd; /* that it stands for; 0: another stands for it */
};

int report_reason(struct reasons *r, const char *what, const char *name,
		  const char *text, bool may_join)
{
	size_t room = r->room ? 2 * r->room : 64;
	struct reason *list;
	char *copy;

	if (r->n == r->room) {
		list = reallocarray(r->list, room, sizeof(*list));
		if (!list)
			return -ENOMEM;
		r->list = list;
		r->room = room;
	}
	copy = strdup(*text ? text : "no reason was given");
	if (!copy)
		return -ENOMEM;
	r->list[r->n] = (struct reason){ .what = what,
					 .name = name,
					 .text = copy,
					 .may_join = may_join,
					 .at = r->n,
					 .crowd = 1 };
	r->n++;
	return 0;
}

static size_t group_length(const char *name)
{
	return strcspn(name, "/");
}

/* Alike are neighbours then. */
static int by_alike(const struct reason *x, const struct reason *y)
{
	size_t a = group_length(x->name), b = group_length(y->name);
	int d = x->may_join - y->may_join;

	d = d ? d : strcmp(x->what, y->what);
	d = d ? d : (a > b) - (a < b);
	d = d ? d : strncmp(x->name, y->name, a);
	return d ? d : strcmp(x->text, y->text);
}

static int by_crowd(const void *a, const void *b)
{
	const struct reason *x = a, *y = b;
	int d = by_alike(x, y);

	return d ? d : (x->at > y->at) - (x->at < y->at);
}

static int by_order(const void *a, const void *b)
{
	const struct reason *x = a, *y = b;

	return (x->at > y->at) - (x->at < y->at);
}

void report_reasons_join(struct reasons *r)
{
	size_t end;

	if (!r->n)
		return;
	qsort(r->list, r->n, sizeof(*r->list), by_crowd);
	for (size_t i = 0; i < r->n; i = end) {
		for (end = i + 1; end < r->n && r->list[i].may_join &&
				  !by_alike(&r->list[i], &r->list[end]);)
			end++;
		if (end - i < CROWD)
			continue;
		for (size_t k = i; k < end; k++)
			r->list[k].crowd = k == i ? end - i : 0;
	}
	qsort(r->list, r->n, sizeof(*r->list), by_order);
}

bool report_reason_joined(const struct reasons *r, size_t i)
{
	return r->list[i].crowd != 1;
}

void report_reasons_print(FILE *out, const struct reasons *r)
{
	for (size_t i = 0; i < r->n; i++) {
		const struct reason *one = &r->list[i];

		if (one->crowd > 1)
			wrap_printf(out, 4, "%s %zu of group %.*s: %s",
				    one->what, one->crowd,
				    (int)group_length(one->name), one->name,
				    one->text);
		else if (one->crowd)
			wrap_printf(out, 4, "%s %s: %s", one->what, one->name,
				    one->text);
	}
}

void report_reasons_free(struct reasons *r)
{
	for (size_t i = 0; i < r->n; i++)
		free(r->list[i].text);
	free(r->list);
}
