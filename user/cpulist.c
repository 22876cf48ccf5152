// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../bench/cpus.h"
#include "cpulist.h"

static bool cpulist_has(const struct cpulist *l, u32 cpu)
{
	for (u32 i = 0; i < l->n; i++)
		if (l->cpu[i] == cpu)
			return true;
	return false;
}

static int cpulist_add(struct cpulist *l, u32 cpu)
{
	u32 *more = realloc(l->cpu, (l->n + 1) * sizeof(*more));

	if (!more)
		return -ENOMEM;
	l->cpu = more;
	l->cpu[l->n++] = cpu;
	return 0;
}

static struct cpulist *cpulists_add(struct cpulists *l)
{
	struct cpulist *more = realloc(l->list, (l->n + 1) * sizeof(*more));

	if (!more)
		return NULL;
	l->list = more;
	l->list[l->n] = (struct cpulist){ 0 };
	return &l->list[l->n++];
}

void cpulists_free(struct cpulists *l)
{
	for (u32 i = 0; i < l->n; i++)
		free(l->list[i].cpu);
	free(l->list);
	*l = (struct cpulists){ 0 };
}

/* What one word means; @each: every CPU is another machine's. */
struct cpulist_reader {
	struct cpulists *l;
	const char *text;
	bool each;
	char *why;
	size_t size;
};

static int cpulist_wrong(const struct cpulist_reader *r)
{
	snprintf(r->why, r->size,
		 "--cpus=%s: a CPU for each machine, such as 0,2-3, or a list "
		 "for each, such as 0-1:2-3",
		 r->text);
	return -EINVAL;
}

static int cpulist_take(const struct cpulist_reader *r, u32 cpu)
{
	struct cpulists *l = r->l;

	if (r->each && l->list[l->n - 1].n && !cpulists_add(l))
		return -ENOMEM;
	if (cpulist_has(&l->list[l->n - 1], cpu))
		return 0;
	return cpulist_add(&l->list[l->n - 1], cpu);
}

static int cpulist_range(const struct cpulist_reader *r, long first, long last)
{
	int ret = 0;

	for (; first <= last && !ret; first++) {
		if (first < 0 || first > INT32_MAX || !cpus_may_use(first)) {
			snprintf(r->why, r->size,
				 "--cpus=%s: CPU %ld cannot be used here",
				 r->text, first);
			return -EINVAL;
		}
		ret = cpulist_take(r, first);
	}
	return ret;
}

/* From @p to the end of the text or of a list's: where that is, NULL: @ret. */
static const char *cpulist_read(const struct cpulist_reader *r, const char *p,
				int *ret)
{
	long first, last;
	char *end;

	if (!cpulists_add(r->l)) {
		*ret = -ENOMEM;
		return NULL;
	}
	for (;; p = end + 1) {
		first = last = strtol(p, &end, 10);
		if (end != p && *end == '-') {
			p = end + 1;
			last = strtol(p, &end, 10);
		}
		if (end == p || (*end && *end != ',' && *end != ':') ||
		    last < first)
			*ret = cpulist_wrong(r);
		else
			*ret = cpulist_range(r, first, last);
		if (*ret)
			return NULL;
		if (*end != ',')
			return end;
	}
}

int cpulists_parse(struct cpulists *l, const char *text, u32 machines,
		   char *why, size_t size)
{
	const struct cpulist_reader r = {
		.l = l,
		.text = text,
		.each = machines > 1 && !strchr(text, ':'),
		.why = why,
		.size = size,
	};
	const char *p = text;
	int ret = 0;

	snprintf(why, size, "out of memory");
	*l = (struct cpulists){ 0 };
	for (;;) {
		p = cpulist_read(&r, p, &ret);
		if (!p || !*p)
			return ret;
		p++;
	}
}

const struct cpulist *cpulists_of(const struct cpulists *l, u32 machine)
{
	return l->n ? &l->list[machine % l->n] : NULL;
}

const char *cpulist_text(const u32 *cpu, u32 n, char *buf, size_t size)
{
	size_t used = snprintf(buf, size, n == 1 ? "CPU " : "CPUs ");
	u32 last;

	for (u32 i = 0; i < n && used < size; i = last + 1) {
		for (last = i; last + 1 < n && cpu[last + 1] == cpu[last] + 1;)
			last++;
		used += snprintf(buf + used, size - used, "%s%u", i ? "," : "",
				 cpu[i]);
		if (last > i && used < size)
			used += snprintf(buf + used, size - used, "-%u",
					 cpu[last]);
	}
	return buf;
}
