// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "select.h"
#include "suggest.h"

static bool is_glob(const char *s)
{
	return s[strcspn(s, "*?[")] != '\0';
}

static bool matches(const struct bench_entry *e, const char *pattern)
{
	char full[BENCH_NAME_MAX];

	bench_full_name(e, full, sizeof(full));
	if (is_glob(pattern))
		return !fnmatch(pattern, full, 0) ||
		       !fnmatch(pattern, e->bench->name, 0);
	return !strcmp(pattern, full) || !strcmp(pattern, e->group) ||
	       !strcmp(pattern, e->bench->name);
}

static void unknown(const char *pattern, char *why, size_t size)
{
	struct suggest s = { .typed = pattern };
	char(*full)[BENCH_NAME_MAX];
	size_t n;
	const struct bench_entry *e = registry(&n);

	full = calloc(n + 1, sizeof(*full));
	for (size_t i = 0; full && i < n; i++) {
		suggest_offer(&s, e[i].bench->name);
		suggest_offer(&s, e[i].group);
		suggest_offer(&s,
			      bench_full_name(&e[i], full[i], sizeof(full[i])));
	}
	snprintf(why, size,
		 "no benchmark is called \"%s\"%s%s%s (\"vbench "
		 "list\" shows all)",
		 pattern, s.best ? ": did you mean \"" : "",
		 s.best ? s.best : "", s.best ? "\"?" : "");
	free(full);
}

static bool mark(const char *pattern, bool *chosen, char *why, size_t size)
{
	bool any = false;
	size_t n;
	const struct bench_entry *e = registry(&n);

	for (size_t i = 0; i < n; i++) {
		if (!matches(&e[i], pattern))
			continue;
		chosen[i] = true;
		any = true;
	}
	if (!any)
		unknown(pattern, why, size);
	return any;
}

const struct bench_entry **select_benchmarks(char *const *patterns,
					     size_t npatterns, size_t *count,
					     char *why, size_t size)
{
	const struct bench_entry **list = NULL;
	bool *chosen;
	size_t n;
	const struct bench_entry *e = registry(&n);

	*count = 0;
	snprintf(why, size, "out of memory");
	chosen = calloc(n + 1, sizeof(*chosen));
	if (!chosen)
		return NULL;
	for (size_t i = 0; i < npatterns; i++)
		if (!mark(patterns[i], chosen, why, size))
			goto out;
	list = calloc(n + 1, sizeof(*list));
	for (size_t i = 0; list && i < n; i++)
		if (chosen[i] || !npatterns)
			list[(*count)++] = &e[i];
out:
	free(chosen);
	return list;
}

static bool select_known(const char *pattern, char *why, size_t size)
{
	size_t n;
	const struct bench_entry *e = registry(&n);

	for (size_t i = 0; i < n; i++)
		if (matches(&e[i], pattern))
			return true;
	unknown(pattern, why, size);
	return false;
}

static size_t select_drop(const struct bench_entry **list, size_t n,
			  const char *pattern)
{
	size_t left = 0;

	for (size_t i = 0; i < n; i++)
		if (!matches(list[i], pattern))
			list[left++] = list[i];
	return left;
}

int select_exclude(const struct bench_entry **list, size_t *count,
		   const char *words, char *why, size_t size)
{
	char *copy = strdup(words), *rest = copy, *word;
	int ret = copy ? 0 : -EINVAL;

	snprintf(why, size, "out of memory");
	while (!ret && (word = strsep(&rest, ","))) {
		if (!*word)
			continue;
		ret = select_known(word, why, size) ? 0 : -EINVAL;
		if (!ret)
			*count = select_drop(list, *count, word);
	}
	free(copy);
	if (ret || *count)
		return ret;
	snprintf(why, size,
		 "no benchmark is left: --exclude=%s leaves out "
		 "all that were asked for",
		 words);
	return -EINVAL;
}

bool select_matches(const char *list, const struct bench_entry *e)
{
	char *words = strdup(list), *rest = words, *word;
	bool found = false;

	while (words && !found && (word = strsep(&rest, " \t\n")))
		found = *word && matches(e, word);
	free(words);
	return found;
}
