/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An output format: one file report-NAME.c that defines a struct report marked
 * _report_.  Nothing else has to be edited: "--NAME=FILE" comes with it.
 */
#ifndef VBENCH_REPORT_H
#define VBENCH_REPORT_H

#include <stdio.h>

#include "result.h"

struct report {
	const char *name; /* of the option: "csv" is --csv=FILE */
	const char *help; /* for --help */
	/* The run fails where a result is not sound. */
	bool judges;
	/*
	 * Called in this order: begin once (the environment is known), result
	 * after each benchmark, end once.  What begin and result wrote must be
	 * followed by what end writes to be whole; end may be called after any
	 * result and may be overwritten by the next result.  0 or -errno.
	 */
	int (*begin)(FILE *f, const struct results *r);
	int (*result)(FILE *f, const struct results *r,
		      const struct result *res, bool first);
	int (*end)(FILE *f, const struct results *r);
};

#define _report_                                        \
	__attribute__((section("vbench_reports"), used, \
		       aligned(__alignof__(struct report))))

extern struct report __start_vbench_reports[], __stop_vbench_reports[];

/* The table on standard output: not a file format, always there. */
int report_text(FILE *out, const struct results *r, bool distribution);
/* Two results side by side: name, first, second, ratio. */
int report_compare(FILE *out, const struct results *a, const struct results *b);
/* The inverse of report-json.c: 0 or a message in @why.  @path "-" is standard
 * input. */
int report_json_read(const char *path, struct results *r, char *why,
		     size_t size);

/* The NOTES of a result; and without figures.  The caller frees them; NULL
 * without memory. */
char *report_notes(const struct results *r, const struct result *res);
char *report_remarks(const struct results *r, const struct result *res);

/* Why some have no figures, to be printed below a table. */
struct reason;
struct reasons {
	struct reason *list;
	size_t n, room;
};

/* @what and @name stay the caller's; with @may_join many of one group that say
 * the same become one.  0 or -ENOMEM. */
int report_reason(struct reasons *r, const char *what, const char *name,
		  const char *text, bool may_join);
/* Once all are there. */
void report_reasons_join(struct reasons *r);
/* Whether the @i-th is one of several that became one. */
bool report_reason_joined(const struct reasons *r, size_t i);
void report_reasons_print(FILE *out, const struct reasons *r);
void report_reasons_free(struct reasons *r);

/* A short name for each of two results, by what differs between them. */
#define LABEL_MAX 12
struct labels {
	char label[2][LABEL_MAX]; /* for heads of columns */
	const char *full[2]; /* what a label stands for, or NULL: itself */
};

void report_labels(const struct results *a, const struct results *b,
		   struct labels *l);
/* A value of the environment, or "?". */
const char *report_env(const struct results *r, const char *key);
/* "4 machines" */
const char *report_machines(const struct results *r, char *buf, size_t size);

/* "4.32 us" for 4321 "ns", into @buf; other units are kept as they are.  "-" for
 * what is no number, here and below. */
const char *format_value(double v, const char *unit, char *buf, size_t size);

/* A unit to print in: values are divided by @div. */
struct scale {
	double div;
	const char *unit;
};

/* The one that reads well for @v. */
struct scale format_scale(double v, const char *unit);
const char *format_scaled(double v, struct scale sc, char *buf, size_t size);
/* "12.340" with 3 @digits after the point. */
const char *format_plain(double v, int digits, char *buf, size_t size);
/* "12 %" for 0.12. */
const char *format_percent(double v, char *buf, size_t size);
/* "1.8 GB/s" for @bytes in @ns. */
const char *format_bandwidth(u64 bytes, double ns, char *buf, size_t size);
/* Whether the locale's characters are UTF-8: main() calls setlocale(3). */
bool format_utf8(void);

#endif
