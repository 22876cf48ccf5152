// SPDX-License-Identifier: GPL-2.0-only
/*
 * --ktap: a test for each benchmark, in the kernel's Test Anything Protocol
 * (the kernel's Documentation/dev-tools/ktap.rst), which TAP's readers take too.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "report.h"

static int ktap_status(FILE *f)
{
	return ferror(f) ? -EIO : 0;
}

/* The plan must follow the version at once: kunit_parser.py. */
static int ktap_begin(FILE *f, const struct results *r)
{
	fprintf(f, "KTAP version 1\n1..%zu\n", r->planned);
	fprintf(f, "# backend: %s\n# machines: %u\n# seed: %llu\n", r->backend,
		r->machines, (unsigned long long)r->seed);
	for (size_t i = 0; i < r->nenv; i++)
		fprintf(f, "# %s: %s\n", r->env[i].key, r->env[i].value);
	return ktap_status(f);
}

/* A "#" would begin a directive. */
static void ktap_name(FILE *f, const char *name)
{
	for (; *name; name++)
		fputc(*name == '#' ? '_' : *name, f);
}

static void ktap_comment(FILE *f, const struct result *res, const char *text)
{
	fputs("# ", f);
	ktap_name(f, res->name);
	fprintf(f, ": %s\n", text);
}

static void ktap_figures(FILE *f, const struct result *res)
{
	const struct summary *s = &res->summary;
	char text[512];

	if (!result_has_figures(res))
		return;
	snprintf(text, sizeof(text),
		 "floor %.10g %s, typical %.10g, p99 %.10g, spread %.3g, "
		 "samples %zu+%zu",
		 s->floor, res->unit, s->typical, s->p99, s->spread, s->used,
		 s->tagged);
	ktap_comment(f, res, text);
	if (res->note[0])
		ktap_comment(f, res, res->note);
}

static void ktap_exits(FILE *f, const struct result *res)
{
	const struct exits *x = res->exits;
	char text[128];

	if (!x || !x->runs)
		return;
	snprintf(text, sizeof(text),
		 "exits %.4g per operation, %llu in %llu windows", x->per_op,
		 (unsigned long long)x->count, (unsigned long long)x->opens);
	ktap_comment(f, res, text);
}

/* Whether there was none. */
static bool ktap_breaches(FILE *f, const struct result *res)
{
	char why[MSG_TEXT_MAX + 64];
	size_t nth = 0;
	bool sound = true;

	while (result_breach(res, &nth, why, sizeof(why))) {
		ktap_comment(f, res, why);
		sound = false;
	}
	return sound;
}

/* Its number, from 1: among those that were or will be written. */
static size_t ktap_number(const struct results *r, const struct result *res)
{
	size_t n = 1;

	for (size_t i = 0; i < r->nitems && r->items[i] != res; i++)
		n += result_reportable(r->items[i]);
	return n;
}

static int ktap_result(FILE *f, const struct results *r,
		       const struct result *res, bool first)
{
	ktap_figures(f, res);
	ktap_exits(f, res);
	fprintf(f, "%s %zu ", ktap_breaches(f, res) ? "ok" : "not ok",
		ktap_number(r, res));
	ktap_name(f, res->name);
	if (res->status == RESULT_SKIPPED)
		fprintf(f, " # SKIP %s", res->reason);
	fputc('\n', f);
	return ktap_status(f);
}

static int ktap_end(FILE *f, const struct results *r)
{
	size_t n = 0;

	for (size_t i = 0; i < r->nitems; i++)
		n += result_reportable(r->items[i]);
	if (n < r->planned)
		fprintf(f, "# %zu of %zu benchmarks have no result\n",
			r->planned - n, r->planned);
	return ktap_status(f);
}

struct report ktap_report _report_ = {
	.name = "ktap",
	.help = "write a test for each benchmark to FILE, as KTAP: \"ok\" if "
		"it ran, the clocks agree and traced windows are even; exit "
		"status 1 if any is \"not ok\"",
	.judges = true,
	.begin = ktap_begin,
	.result = ktap_result,
	.end = ktap_end,
};
