// SPDX-License-Identifier: GPL-2.0-only
/* What results say of a setting that vbench records but does not use: it may be of
 * any form and length, and may contain a secret. */
#include <string.h>

#include "settings.h"

#define BLANKS " \t\n"
#define HIDDEN '*'
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

/* How much of a word may be shown.  QEMU takes options also in JSON. */
static size_t record_shown(const char *word, size_t len)
{
	static const struct {
		const char *key, *with;
	} secrets[] = {
		{ "password=", "" },
		{ "password\":", "" },
		{ "data=", "secret" },
		{ "data\":", "secret" },
	};
	size_t shown = len, n;
	const char *at;

	for (size_t i = 0; i < sizeof(secrets) / sizeof(secrets[0]); i++) {
		n = strlen(secrets[i].key);
		at = memmem(word, len, secrets[i].key, n);
		if (at && at + n - word < (ssize_t)shown &&
		    memmem(word, len, secrets[i].with, strlen(secrets[i].with)))
			shown = at + n - word;
	}
	return shown;
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
	size_t len, shown;

	for (char *word = text; *word; word++) {
		len = strcspn(word, BLANKS);
		shown = record_shown(word, len);
		/* To the word's end, because a secret may contain commas. */
		if (shown < len) {
			word[shown] = HIDDEN;
			memmove(word + shown + 1, word + len,
				strlen(word + len) + 1);
			len = shown + 1;
		}
		word += len;
		if (!*word)
			break;
		*word = ' ';
	}
	record_cut(text, size);
}
