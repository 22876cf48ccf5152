/* SPDX-License-Identifier: GPL-2.0-only */
/* The command line of "vbench BACKEND" and "vbench list". */
#ifndef VBENCH_OPTIONS_H
#define VBENCH_OPTIONS_H

#include "../bench/registry.h"
#include "report.h"

#define OUTPUTS_MAX 8
#define EXCLUDES_MAX 32

enum trace_wish {
	TRACE_NO,
	TRACE_TRY, /* where it cannot be, go on without */
	TRACE_MUST,
};

struct options {
	const char *backend;
	char **patterns;
	size_t npatterns;
	const char *exclude[EXCLUDES_MAX]; /* each: patterns, with commas */
	size_t nexclude;
	const char *ifname; /* NULL: a private network namespace */
	const char *emulated_host; /* its kernel, "" the default; NULL: here */
	bool rough;
	bool quick;
	bool quiet;
	bool distribution;
	bool insecure;
	bool verbose;
	enum trace_wish trace;
	bool trace_rip;
	u64 seed;
	u32 machines; /* 1..MACHINES_MAX */
	double budget_s; /* for each benchmark */
	u32 passes; /* over the suite that share it */
	double limit_s; /* for the whole run; 0 none */
	const char *cpus; /* "0,2-3" or NULL */
	struct {
		const struct report *report;
		const char *path; /* "-": stdout */
	} outputs[OUTPUTS_MAX];
	size_t noutputs;
};

/*
 * Parses; on bad usage says what is wrong and exits with EXIT_USAGE, on --help
 * prints it and exits with 0.
 */
void options_parse(struct options *o, int argc, char **argv);

/*
 * The benchmarks that the command line asks for, as select_benchmarks(), without
 * those that --exclude= names.
 */
const struct bench_entry **options_select(const struct options *o, size_t *n,
					  char *why, size_t size);

#endif
