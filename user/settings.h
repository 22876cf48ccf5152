/* SPDX-License-Identifier: GPL-2.0-only */
/* What the file SETTINGS and the environment say that vbench itself needs. */
#ifndef VBENCH_SETTINGS_H
#define VBENCH_SETTINGS_H

#include <limits.h>
#include <stddef.h>

struct settings {
	double boot_limit_s; /* BOOT_LIMIT: from start_machine to HELLO */
	double script_limit_s; /* SCRIPT_LIMIT: for every other script */
	double setup_limit_s; /* SETUP_LIMIT: of a benchmark's sample */
	double run_limit_s; /* RUN_LIMIT: likewise */
	char logfiles[PATH_MAX]; /* LOGFILES: console N is in LOGFILES-N */
	char kernel[PATH_MAX]; /* KERNEL, for the results' environment */
	char modules[PATH_MAX]; /* MODULES, and where lines are looked up: */
	char kernel_debug[PATH_MAX]; /* KERNEL_DEBUG, with blanks between */
	char mem[32];
	char vcpus[32];
	char avoid[PATH_MAX]; /* AVOID: patterns, with blanks between */
};

/*
 * Sources SETTINGS of $VBENCH_DIR with sh, in $VBENCH_RUN.  0, or -EINVAL with
 * the cause in @why.
 */
int settings_read(struct settings *s, char *why, size_t size);

/*
 * Likewise, for the values of the parameters @wanted: "NAME", or "NAME:-DEFAULT"
 * for one that SETTINGS may leave out.
 */
int settings_ask(const char *const *wanted, size_t n, char (*value)[PATH_MAX],
		 char *why, size_t size);

/* The number of seconds that NAME's value is: 0 or -EINVAL. */
int settings_seconds(const char *name, const char *text, double *v, char *why,
		     size_t size);

#endif
