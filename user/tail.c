// SPDX-License-Identifier: GPL-2.0-only
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include "result.h"
#include "tail.h"

#define WINDOW 8192
#define INDENT "    "

/* Skips an escape sequence "ESC [ ... letter" (ECMA-48, 5.4). */
static const char *skip_escape(const char *p, const char *end)
{
	p++;
	if (p < end && *p == '[')
		for (p++; p < end && (*p < '@' || *p > '~'); p++)
			;
	return p < end ? p + 1 : end;
}

static size_t clean(char *to, const char *p, const char *end)
{
	char *start = to;

	while (p < end) {
		if (*p == '\033') {
			p = skip_escape(p, end);
			continue;
		}
		if (*p == '\n' || *p == '\t' || (unsigned char)*p >= ' ')
			*to++ = *p;
		p++;
	}
	return to - start;
}

static size_t last_lines(const char *text, size_t len, int lines)
{
	while (len && text[len - 1] == '\n')
		len--;
	while (len && lines) {
		if (text[len - 1] == '\n' && !--lines)
			break;
		len--;
	}
	return len;
}

/* @text has room for a NUL behind its @len bytes. */
static size_t indent(char *text, size_t from, size_t len, char *buf,
		     size_t size)
{
	char *line = text + from, *end = text + len, *stop;
	size_t used = 0;

	while (end > line && end[-1] == '\n')
		end--;
	for (; line < end; line = stop + 1) {
		stop = memchr(line, '\n', end - line);
		stop = stop ? stop : end;
		*stop = '\0';
		used += snprintf(buf + used, size - used, "%s" INDENT "%s",
				 used ? "\n" : "", text_clean(line));
		if (used >= size)
			return size - 1;
	}
	return used;
}

size_t tail_of_file(const char *path, int lines, char *buf, size_t size)
{
	char raw[WINDOW], text[WINDOW + 1];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	off_t length;
	ssize_t n;
	size_t len;

	buf[0] = '\0';
	if (fd < 0)
		return 0;
	length = lseek(fd, 0, SEEK_END);
	n = pread(fd, raw, sizeof(raw), length > WINDOW ? length - WINDOW : 0);
	close(fd);
	if (n <= 0)
		return 0;
	len = clean(text, raw, raw + n);
	return indent(text, last_lines(text, len, lines), len, buf, size);
}
