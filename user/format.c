// SPDX-License-Identifier: GPL-2.0-only
/* Numbers for people: three significant digits and a unit that reads well. */
#include <langinfo.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "report.h"

bool format_utf8(void)
{
	return !strcmp(nl_langinfo(CODESET), "UTF-8");
}

struct scale format_scale(double v, const char *unit)
{
	struct scale as_is = { 1, unit };

	if (strcmp(unit, "ns"))
		return as_is;
	/* 999.6 ns would round to 1000. */
	if (!(v >= 999.5))
		return as_is;
	if (v < 999.5e3)
		return (struct scale){ 1e3, format_utf8() ? "µs" : "us" };
	if (v < 999.5e6)
		return (struct scale){ 1e6, "ms" };
	return (struct scale){ 1e9, "s" };
}

/* More digits than this are not read, and up to 300 could be. */
#define HUGE_FIGURE 1e8

static int digits_after_point(double v)
{
	if (v >= 99.95)
		return 0;
	return v >= 9.995 ? 1 : 2;
}

/* @after: what follows the number. */
static const char *format_number(double v, int digits, const char *after,
				 char *buf, size_t size)
{
	if (!isfinite(v))
		snprintf(buf, size, "-");
	else if (v >= HUGE_FIGURE)
		snprintf(buf, size, "%.2e%s", v, after);
	else
		snprintf(buf, size, "%.*f%s", digits, v, after);
	return buf;
}

const char *format_plain(double v, int digits, char *buf, size_t size)
{
	return format_number(v, digits, "", buf, size);
}

const char *format_scaled(double v, struct scale sc, char *buf, size_t size)
{
	char after[64];

	v /= sc.div;
	snprintf(after, sizeof(after), " %s", sc.unit);
	return format_number(v, digits_after_point(v), after, buf, size);
}

const char *format_value(double v, const char *unit, char *buf, size_t size)
{
	return format_scaled(v, format_scale(v, unit), buf, size);
}

const char *format_percent(double v, char *buf, size_t size)
{
	v *= 100;
	return format_number(v, v < 9.95 ? 1 : 0, " %", buf, size);
}

const char *format_bandwidth(u64 bytes, double ns, char *buf, size_t size)
{
	double rate = ns > 0 ? bytes / ns : 0; /* GB/s */

	/* As above: 999.6 MB/s would round to 1000. */
	if (rate >= 0.9995)
		return format_number(rate, digits_after_point(rate), " GB/s",
				     buf, size);
	rate *= 1e3;
	return format_number(rate, digits_after_point(rate), " MB/s", buf,
			     size);
}
