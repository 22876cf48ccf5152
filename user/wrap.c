// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>

#include "wrap.h"

size_t wrap_columns(FILE *out)
{
	int fd = fileno(out) < 0 ? STDOUT_FILENO : fileno(out);
	struct winsize ws;

	if (!isatty(fd))
		return 0;
	if (ioctl(fd, TIOCGWINSZ, &ws) || ws.ws_col < 20)
		return 80;
	return ws.ws_col;
}

/* Bytes and columns of the character at @s; in a locale without UTF-8 it is
 * counted as if there were one. */
static size_t wrap_step(const char *s, size_t *columns)
{
	size_t len = 1;
	wchar_t wide;
	int n = 1;

	while ((s[len] & 0xc0) == 0x80)
		len++;
	if (mbtowc(&wide, s, len) == (int)len)
		n = wcwidth(wide);
	*columns = n < 0 ? 1 : n;
	return len;
}

size_t wrap_width(const char *text, size_t len)
{
	size_t width = 0, columns;

	for (const char *s = text; s < text + len && *s;) {
		s += wrap_step(s, &columns);
		width += columns;
	}
	return width;
}

/* "12 %" and "p99 4.2 ms" are read as one word. */
static bool wrap_in_number(const char *text, const char *blank)
{
	return blank > text && isdigit((unsigned char)blank[-1]);
}

size_t wrap_line(const char *text, size_t columns)
{
	const char *s = text, *blank = NULL, *number = NULL, *mark = NULL;
	size_t width = 0, len, n;

	if (!columns)
		return strlen(text);
	for (; *s; s += len, width += n) {
		len = wrap_step(s, &n);
		if (*s == ' ') {
			if (wrap_in_number(text, s))
				number = s;
			else
				blank = s;
		}
		if (width + n > columns)
			break;
		if (strchr("/-_,:;", *s))
			mark = s + 1;
	}
	if (!*s)
		return s - text;
	if (blank > text)
		return blank - text;
	if (number > text)
		return number - text;
	if (mark)
		return mark - text;
	return s > text ? (size_t)(s - text) : len;
}

void wrap_print(FILE *out, const char *text, size_t columns, size_t indent)
{
	bool first = true;
	size_t len;

	if (indent >= columns / 2)
		indent = 0;
	do {
		len = wrap_line(text,
				columns && !first ? columns - indent : columns);
		fprintf(out, "%*s%.*s\n", first ? 0 : (int)indent, "", (int)len,
			text);
		text += len + strspn(text + len, " ");
		first = false;
	} while (*text);
}

void wrap_printf(FILE *out, size_t indent, const char *fmt, ...)
{
	char *text;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (n < 0)
		return;
	wrap_print(out, text, wrap_columns(out), indent);
	free(text);
}
