// SPDX-License-Identifier: GPL-2.0-only
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "say.h"

static bool verbose;
static char progress[512];

void say_set_verbose(bool on)
{
	verbose = on;
}

static void clear_line(void)
{
	if (progress[0])
		fputs("\r\033[K", stderr);
}

static void message(const char *fmt, va_list ap)
{
	clear_line();
	fputs("vbench: ", stderr);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
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

static size_t columns(void)
{
	struct winsize ws;

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &ws) || ws.ws_col < 20)
		return 80;
	return ws.ws_col;
}

void say_progress(const char *fmt, ...)
{
	size_t width;
	va_list ap;

	if (!isatty(STDERR_FILENO))
		return;
	clear_line();
	va_start(ap, fmt);
	vsnprintf(progress, sizeof(progress), fmt, ap);
	va_end(ap);
	/* A line that wraps could not be taken back. */
	width = columns() - 1;
	if (width < sizeof(progress))
		progress[width] = '\0';
	fputs(progress, stderr);
	fflush(stderr);
}
