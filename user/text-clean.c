// SPDX-License-Identifier: GPL-2.0-only
/* Texts from guests and files, made safe for a terminal. */
#include <string.h>

#include "result.h"
#include "text-marks.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* More marks than this on one character overwrite the lines around it; written
 * languages use up to three. */
#define MARKS_MAX 3

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
	for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
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

static u32 utf8_code(const unsigned char *s, size_t len)
{
	u32 code = len == 1 ? s[0] : s[0] & (0xff >> (len + 1));

	for (size_t i = 1; i < len; i++)
		code = code << 6 | (s[i] & 0x3f);
	return code;
}

/*
 * Controls (C0, DEL and C1, of which xterm obeys U+009B), and characters that
 * nobody sees but that reorder, split or hide others: general categories Cf, Zl
 * and Zp of Unicode 15.1, and Default_Ignorable_Code_Point.
 */
static const struct text_range hidden[] = {
	{ 0x0, 0x1f },	      { 0x7f, 0x9f },	    { 0xad, 0xad },
	{ 0x34f, 0x34f },     { 0x600, 0x605 },	    { 0x61c, 0x61c },
	{ 0x6dd, 0x6dd },     { 0x70f, 0x70f },	    { 0x890, 0x891 },
	{ 0x8e2, 0x8e2 },     { 0x115f, 0x1160 },   { 0x17b4, 0x17b5 },
	{ 0x180b, 0x180f },   { 0x200b, 0x200f },   { 0x2028, 0x202e },
	{ 0x2060, 0x206f },   { 0x3164, 0x3164 },   { 0xfe00, 0xfe0f },
	{ 0xfeff, 0xfeff },   { 0xffa0, 0xffa0 },   { 0xfff0, 0xfffb },
	{ 0x110bd, 0x110bd }, { 0x110cd, 0x110cd }, { 0x13430, 0x1343f },
	{ 0x1bca0, 0x1bca3 }, { 0x1d173, 0x1d17a }, { 0xe0000, 0xe0fff },
};

static bool in_ranges(const struct text_range *r, size_t n, u32 code)
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t mid = (low + high) / 2;

		if (code > r[mid].last)
			low = mid + 1;
		else
			high = mid;
	}
	return low < n && code >= r[low].first;
}

char *text_clean(char *text)
{
	unsigned char *s = (unsigned char *)text;
	size_t len, marks = 0;
	u32 code;

	for (; *s; s += len ? len : 1) {
		len = utf8_length(s);
		code = len ? utf8_code(s, len) : 0;
		if (len && in_ranges(text_marks, ARRAY_SIZE(text_marks), code))
			marks++;
		else
			marks = 0;
		if (*s == '\n' || *s == '\t')
			*s = ' ';
		else if (!len)
			*s = '?';
		else if (marks > MARKS_MAX ||
			 in_ranges(hidden, ARRAY_SIZE(hidden), code))
			memset(s, '?', len);
	}
	return text;
}
