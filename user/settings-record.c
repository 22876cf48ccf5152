// SPDX-License-Identifier: GPL-2.0-only
/* What results say of a setting that vbench records but does not use: it may be of
 * any form and length. */
#include <string.h>

#include "settings.h"

#define BLANKS "\t\n"
#define CUT "..."

bool settings_recorded(const char *name)
{
	static const char *const names[] = { "MACHINE", "CPU", "APPEND",
					     "QEMU_ARGS" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(name, names[i]))
			return true;
	return false;
}

/* Not within a character of UTF-8. */
static void record_cut(char *text, size_t size)
{
	size_t len = size - sizeof(CUT);

	if (strlen(text) < size)
		return;
	while (len && (text[len] & 0xc0) == 0x80)
		len--;
	strcpy(text + len, CUT);
}

void settings_record(char *text, size_t size)
{
	for (char *p = text; (p = strpbrk(p, BLANKS)); p++)
		*p = ' ';
	record_cut(text, size);
}
