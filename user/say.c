// SPDX-License-Identifier: GPL-2.0-only
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../bench/clock.h"
#include "result.h"
#include "say.h"
#include "wrap.h"

/* Between lines of progress in a file or pipe. */
#define INTERVAL (10 * NSEC_PER_SEC)

static bool verbose, quiet;
static char progress[512];
static u64 last_line; /* clock_ns() of the last line of progress, or the start */

void say_set_verbose(bool on)
{
	verbose = on;
}

void say_set_quiet(bool on)
{
	quiet = on;
}

static void clear_line(void)
{
	if (progress[0])
		fputs("\r\033[K", stderr);
}

/* On a terminal no word is broken; scripts' last words have lines of their own.
 * Names come from the command line, and may hold what a terminal obeys. */
static void say_lines(char *text)
{
	size_t width = wrap_columns(stderr);
	char *line;

	while ((line = strsep(&text, "\n")))
		wrap_print(stderr, text_clean(line), width, 4);
}

static void message(const char *fmt, va_list ap)
{
	char *text, *whole;

	if (vasprintf(&text, fmt, ap) < 0)
		return;
	clear_line();
	if (asprintf(&whole, "vbench: %s", text) >= 0) {
		say_lines(whole);
		free(whole);
	}
	free(text);
	fputs(progress, stderr);
}

void say(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	message(fmt, ap);
	va_end(ap);
}

void say_detail(const char *fmt, ...)
{
	va_list ap;

	if (!verbose)
		return;
	va_start(ap, fmt);
	message(fmt, ap);
	va_end(ap);
}

/* Keeps the last one in @progress, for message(). */
static void show_line(const char *text)
{
	clear_line();
	/* A line that wraps could not be taken back. */
	snprintf(progress, sizeof(progress), "%.*s",
		 (int)wrap_line(text, wrap_columns(stderr) - 1), text);
	fputs(progress, stderr);
	fflush(stderr);
}

/* A run that is over sooner says nothing. */
static void add_line(const char *text)
{
	u64 now = clock_ns();

	if (!last_line)
		last_line = now;
	if (!*text || now - last_line < INTERVAL)
		return;
	last_line = now;
	fprintf(stderr, "vbench: %s\n", text);
}

void say_progress(const char *fmt, ...)
{
	char text[sizeof(progress)];
	va_list ap;

	if (quiet)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	text_clean(text);
	if (isatty(STDERR_FILENO))
		show_line(text);
	else
		add_line(text);
}
