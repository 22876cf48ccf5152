// SPDX-License-Identifier: GPL-2.0-only
/* Checks that every benchmark must pass that ran, whatever its figures are. */
#include <stdio.h>

#include "result.h"

static bool ran(const struct result *res, char *why, size_t size)
{
	snprintf(why, size, "it failed: %s", res->reason);
	return res->status != RESULT_FAILED;
}

static bool has_figures(const struct result *res, char *why, size_t size)
{
	snprintf(why, size, "it ran, but no sample was taken");
	return res->status != RESULT_OK || res->summary.used;
}

static bool clocks_agree(const struct result *res, char *why, size_t size)
{
	snprintf(why, size,
		 "the guest's clock does not keep up with the "
		 "server's");
	return !res->clock_lies;
}

static bool markers_whole(const struct result *res, char *why, size_t size)
{
	if (!res->exits || !res->exits->broken[0])
		return true;
	snprintf(why, size, "markers of traced windows are broken: %s",
		 res->exits->broken);
	return false;
}

static bool exits_attributed(const struct result *res, char *why, size_t size)
{
	if (!res->exits || !res->exits->lost)
		return true;
	snprintf(why, size, "%llu VM exits were not attributed",
		 (unsigned long long)res->exits->lost);
	return false;
}

static bool windows_even(const struct result *res, char *why, size_t size)
{
	const struct exits *x = res->exits;

	if (!x || !x->has_stat || (!x->uneven && x->stat_exits == x->count))
		return true;
	snprintf(why, size,
		 "KVM counted %llu exits in the traced windows, vbench %llu "
		 "(%llu windows differ)",
		 (unsigned long long)x->stat_exits,
		 (unsigned long long)x->count, (unsigned long long)x->uneven);
	return false;
}

static bool exits_as_declared(const struct result *res, char *why, size_t size)
{
	if (!res->exits || !res->exits->findings[0])
		return true;
	snprintf(why, size, "exits are not as declared: %s",
		 res->exits->findings);
	return false;
}

static bool (*const invariants[])(const struct result *res, char *why,
				  size_t size) = {
	ran,
	has_figures,
	clocks_agree,
	markers_whole,
	exits_attributed,
	windows_even,
	exits_as_declared,
};

#define NINVARIANTS (sizeof(invariants) / sizeof(invariants[0]))

bool result_breach(const struct result *res, size_t *nth, char *why,
		   size_t size)
{
	while (*nth < NINVARIANTS)
		if (!invariants[(*nth)++](res, why, size))
			return true;
	return false;
}

bool result_sound(const struct result *res)
{
	char why[MSG_TEXT_MAX + 64];
	size_t nth = 0;

	return !result_breach(res, &nth, why, sizeof(why));
}
