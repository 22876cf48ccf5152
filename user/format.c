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
	if (v < 999.5)
		return as_is;
	if (v < 999.5e3)
		return (struct scale){ 1e3, format_utf8() ? "µs" : "us" };
	if (v < 999.5e6)
		return (struct scale){ 1e6, "ms" };
	return (struct scale){ 1e9, "s" };
}

static int digits_after_point(double v)
{
	if (v >= 99.95)
		return 0;
	return v >= 9.995 ? 1 : 2;
}

const char *format_scaled(double v, struct scale sc, char *buf, size_t size)
{
	v /= sc.div;
	snprintf(buf, size, "%.*f %s", digits_after_point(v), v, sc.unit);
	return buf;
}

const char *format_value(double v, const char *unit, char *buf, size_t size)
{
	return format_scaled(v, format_scale(v, unit), buf, size);
}

const char *format_percent(double v, char *buf, size_t size)
{
	v *= 100;
	snprintf(buf, size, "%.*f %%", v < 9.95 ? 1 : 0, v);
	return buf;
}

const char *format_bandwidth(u64 bytes, double ns, char *buf, size_t size)
{
	double rate = ns > 0 ? bytes / ns : 0; /* GB/s */

	/* As above: 999.6 MB/s would round to 1000. */
	if (rate >= 0.9995)
		snprintf(buf, size, "%.*f GB/s", digits_after_point(rate),
			 rate);
	else
		snprintf(buf, size, "%.*f MB/s", digits_after_point(rate * 1e3),
			 rate * 1e3);
	return buf;
}
