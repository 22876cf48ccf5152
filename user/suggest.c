// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "suggest.h"

#define LONGEST 63

static size_t min3(size_t a, size_t b, size_t c)
{
	size_t m = a < b ? a : b;

	return m < c ? m : c;
}

/* Levenshtein's distance, one row at a time. */
static size_t distance(const char *a, const char *b)
{
	size_t la = strnlen(a, LONGEST), lb = strnlen(b, LONGEST);
	size_t row[LONGEST + 1], diagonal, above;

	for (size_t j = 0; j <= lb; j++)
		row[j] = j;
	for (size_t i = 1; i <= la; i++) {
		diagonal = row[0];
		row[0] = i;
		for (size_t j = 1; j <= lb; j++) {
			above = row[j];
			row[j] = min3(row[j] + 1, row[j - 1] + 1,
				      diagonal + (a[i - 1] != b[j - 1]));
			diagonal = above;
		}
	}
	return row[lb];
}

void suggest_offer(struct suggest *s, const char *candidate)
{
	size_t d = distance(s->typed, candidate);
	size_t enough = strlen(s->typed) / 3 + 1;

	/* The word may be an abbreviation of the candidate. */
	if (strlen(s->typed) >= 3 &&
	    !strncmp(s->typed, candidate, strlen(s->typed)))
		d = 1;
	if (d > enough || (s->best && d >= s->distance))
		return;
	s->best = candidate;
	s->distance = d;
}
