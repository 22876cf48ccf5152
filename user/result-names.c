// SPDX-License-Identifier: GPL-2.0-only
/* What the model's values are called, and texts that are safe to show. */
#include <stdio.h>
#include <string.h>

#include "result.h"

const char *result_status_name(enum result_status s)
{
	static const char *const names[] = {
		[RESULT_OK] = "ok",
		[RESULT_SKIPPED] = "skipped",
		[RESULT_FAILED] = "failed",
	};

	return names[s];
}

const char *result_clock_name(enum result_clock c)
{
	return c == CLOCK_HOST ? "host" : "guest";
}

const char *sample_tag_name(u32 bit_index)
{
	static const char *const names[SAMPLE_TAGS] = {
		"preempted", "migrated",   "run-delay",
		"steal",     "interrupts", "host-delay",
	};

	return bit_index < SAMPLE_TAGS ? names[bit_index] : NULL;
}

const char *machine_name(int id, char *buf, size_t size)
{
	if (id == HOST_CLIENT_ID)
		snprintf(buf, size, "host");
	else
		snprintf(buf, size, "%d", id);
	return buf;
}

/*
 * Bytes of the UTF-8 character at @s, 0 if it is none (RFC 3629, section 4).
 * Overlong forms, surrogates and what lies above U+10FFFF show in the second
 * byte.
 */
static size_t utf8_length(const unsigned char *s)
{
	static const struct {
		unsigned char first, last, low, high;
		size_t len;
	} forms[] = {
		{ 0xc2, 0xdf, 0x80, 0xbf, 2 }, { 0xe0, 0xe0, 0xa0, 0xbf, 3 },
		{ 0xe1, 0xec, 0x80, 0xbf, 3 }, { 0xed, 0xed, 0x80, 0x9f, 3 },
		{ 0xee, 0xef, 0x80, 0xbf, 3 }, { 0xf0, 0xf0, 0x90, 0xbf, 4 },
		{ 0xf1, 0xf3, 0x80, 0xbf, 4 }, { 0xf4, 0xf4, 0x80, 0x8f, 4 },
	};

	if (*s < 0x80)
		return 1;
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		if (*s < forms[i].first || *s > forms[i].last)
			continue;
		if (s[1] < forms[i].low || s[1] > forms[i].high)
			return 0;
		for (size_t k = 2; k < forms[i].len; k++)
			if ((s[k] & 0xc0) != 0x80)
				return 0;
		return forms[i].len;
	}
	return 0;
}

/* C0 and DEL; and C1, U+0080 to U+009F, of which xterm obeys U+009B. */
static bool is_control(const unsigned char *s)
{
	return *s < ' ' || *s == 0x7f || (*s == 0xc2 && s[1] < 0xa0);
}

char *text_clean(char *text)
{
	unsigned char *s = (unsigned char *)text;
	size_t len;

	while (*s) {
		len = utf8_length(s);
		if (*s == '\n' || *s == '\t')
			*s = ' ';
		else if (!len)
			*s = '?';
		else if (is_control(s))
			memset(s, '?', len);
		s += len ? len : 1;
	}
	return text;
}
