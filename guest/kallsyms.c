// SPDX-License-Identifier: GPL-2.0-only
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kallsyms.h"

/* Beyond that, an address is in something that has no symbol of its own. */
#define FAR 0x100000

/* Of @s, those that @at is the nearest symbol for so far, as bits. */
static u32 nearer(const struct msg_symbols *s, const u64 *best, u64 at)
{
	u32 bits = 0;

	for (u32 i = 0; at && i < s->n; i++)
		if (at <= s->address[i] && at >= best[i] &&
		    s->address[i] - at <= FAR)
			bits |= 1u << i;
	return bits;
}

static void name(struct msg_symbols *s, u64 *best, u32 bits, u64 at,
		 const char *symbol, const char *module)
{
	for (u32 i = 0; i < s->n; i++) {
		if (!(bits & 1u << i))
			continue;
		best[i] = at;
		snprintf(s->name[i], SYMBOL_NAME_MAX,
			 "%.50s+0x%" PRIx64 "%s%.20s", symbol,
			 s->address[i] - at, *module ? " " : "", module);
	}
}

/* The table is long, and not sorted where modules begin. */
void kallsyms_fill(struct msg_symbols *s)
{
	char line[512], symbol[256], module[64], type, *rest;
	u64 best[SYMBOLS_MAX] = { 0 }, at;
	FILE *f = fopen("/proc/kallsyms", "re");
	u32 bits;

	while (f && fgets(line, sizeof(line), f)) {
		at = strtoull(line, &rest, 16);
		bits = nearer(s, best, at);
		module[0] = '\0';
		if (bits &&
		    sscanf(rest, " %c %255s %63s", &type, symbol, module) > 1 &&
		    strchr("tTwW", type))
			name(s, best, bits, at, symbol, module);
	}
	if (f)
		fclose(f);
}
