/* SPDX-License-Identifier: GPL-2.0-only */
/* What every unit test includes: cmocka.h wants the others before it. */
#ifndef VBENCH_UNIT_H
#define VBENCH_UNIT_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../../bench/prng.h"

/* cmocka's assert_float_equal() would round to float. */
#define assert_close(got, want, tolerance) \
	close_to(got, want, tolerance, __FILE__, __LINE__)

static inline void close_to(double got, double want, double tolerance,
			    const char *file, int line)
{
	if (fabs(got - want) <= tolerance)
		return;
	print_error("%.17g is not %.17g +- %g\n", got, want, tolerance);
	_fail(file, line);
}

#define assert_contains(text, part) contains(text, part, __FILE__, __LINE__)

static inline void contains(const char *text, const char *part,
			    const char *file, int line)
{
	if (text && strstr(text, part))
		return;
	print_error("\"%s\" does not contain \"%s\"\n", text ? text : "", part);
	_fail(file, line);
}

/* Above 0, at most 1. */
static inline double uniform(u64 *rng)
{
	return ((prng_next(rng) >> 11) + 1) * 0x1p-53;
}

static inline double exponential(u64 *rng, double mean)
{
	return -mean * log(uniform(rng));
}

#endif
