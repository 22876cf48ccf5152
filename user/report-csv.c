// SPDX-License-Identifier: GPL-2.0-only
/* --csv: a row for each sample, quoted as RFC 4180 says. */
#include <stdio.h>
#include <string.h>

#include "report.h"

static int status(FILE *f)
{
	return ferror(f) ? -1 : 0;
}

static int begin(FILE *f, const struct results *r)
{
	fputs("benchmark,status,reason,unit,floor,typical,p99,min,max,clock,machines,"
	      "sample,runs,guest_ns,host_ns,ticks,value,tags,pass\n",
	      f);
	return status(f);
}

static void quoted(FILE *f, const char *text)
{
	if (!text[strcspn(text, ",\"\r\n")]) {
		fputs(text, f);
		return;
	}
	fputc('"', f);
	for (; *text; text++) {
		if (*text == '"')
			fputc('"', f);
		fputc(*text, f);
	}
	fputc('"', f);
}

static void figures(FILE *f, const struct result *res)
{
	if (result_has_figures(res))
		fprintf(f, "%.10g,%.10g,%.10g,%.10g,%.10g", res->summary.floor,
			res->summary.typical, res->summary.p99,
			res->summary.min, res->summary.max);
	else
		fputs(",,,,", f);
}

static void common(FILE *f, const struct result *res)
{
	char name[16];

	quoted(f, res->name);
	fprintf(f, ",%s,", result_status_name(res->status));
	quoted(f, res->reason);
	fputc(',', f);
	quoted(f, res->unit);
	fputc(',', f);
	figures(f, res);
	fprintf(f, ",%s,", result_clock_name(res->clock));
	for (int i = 0; i < res->nmachines; i++)
		fprintf(f, "%s%s", i ? " " : "",
			machine_name(res->machines[i], name, sizeof(name)));
}

static void tags(FILE *f, u32 bits)
{
	const char *between = "";

	for (u32 i = 0; i < SAMPLE_TAGS; i++) {
		if (!(bits & 1u << i))
			continue;
		fprintf(f, "%s%s", between, sample_tag_name(i));
		between = " ";
	}
}

static void row(FILE *f, const struct result *res, size_t i)
{
	const struct sample *s = &res->samples[i];

	common(f, res);
	fprintf(f, ",%zu,%u,%llu,%llu,%llu,", i, s->runs,
		(unsigned long long)s->guest_ns, (unsigned long long)s->host_ns,
		(unsigned long long)s->ticks);
	if (s->has_value)
		fprintf(f, "%llu", (unsigned long long)s->value);
	fputc(',', f);
	tags(f, s->tags);
	fprintf(f, ",%u\n", s->pass);
}

static int result(FILE *f, const struct results *r, const struct result *res,
		  bool first)
{
	for (size_t i = 0; i < res->nsamples; i++)
		row(f, res, i);
	if (!res->nsamples) {
		common(f, res);
		fputs(",,,,,,,,\n", f);
	}
	return status(f);
}

static int end(FILE *f, const struct results *r)
{
	return status(f);
}

struct report csv_report _report_ = {
	.name = "csv",
	.help = "write every sample to FILE, as comma-separated values",
	.begin = begin,
	.result = result,
	.end = end,
};
