/* SPDX-License-Identifier: GPL-2.0-only */
/* What the file SETTINGS and the environment say that vbench itself needs. */
#ifndef VBENCH_SETTINGS_H
#define VBENCH_SETTINGS_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct settings {
	double boot_limit_s; /* BOOT_LIMIT: from start_machine to HELLO */
	double script_limit_s; /* SCRIPT_LIMIT: for every other script */
	double setup_limit_s; /* SETUP_LIMIT: of a benchmark's sample */
	double run_limit_s; /* RUN_LIMIT: likewise */
	char logfiles[PATH_MAX]; /* LOGFILES: console N is in LOGFILES-N */
	char kernel[PATH_MAX]; /* KERNEL, for the results' environment */
	char modules[PATH_MAX]; /* MODULES, and where lines are looked up: */
	char kernel_debug[PATH_MAX]; /* KERNEL_DEBUG, with blanks between */
	char mem[32]; /* MEM, as "256M" */
	char vcpus[32]; /* VCPUS, as "2" */
	char qemu[PATH_MAX]; /* QEMU */
	/* As settings_record() makes them, for the results' environment: */
	char machine[PATH_MAX]; /* MACHINE */
	char cpu[PATH_MAX]; /* CPU */
	char append[PATH_MAX]; /* APPEND */
	char qemu_args[PATH_MAX]; /* QEMU_ARGS */
	char avoid[PATH_MAX]; /* AVOID: patterns, with blanks between */
};

/*
 * Sources SETTINGS of $VBENCH_DIR with sh, in $VBENCH_RUN.  0, or -EINVAL with
 * the cause in @why.
 */
int settings_read(struct settings *s, char *why, size_t size);

/* Writes the assignments that make a script see sizes, numbers and paths as @s has
 * them, also where SETTINGS does not let the environment win; limits are whole
 * seconds, rounded up. */
void settings_write(const struct settings *s, FILE *f);

/*
 * Likewise, for the values of the parameters @wanted: "NAME", or "NAME:-DEFAULT"
 * for one that SETTINGS may leave out.  Paths are made absolute and exported.
 */
int settings_ask(const char *const *wanted, size_t n, char (*value)[PATH_MAX],
		 char *why, size_t size);

/* The number of seconds that NAME's value is: 0 or -EINVAL. */
int settings_seconds(const char *name, const char *text, double *v, char *why,
		     size_t size);

/* The whole number from 1 to @most that NAME's value is: 0 or -EINVAL. */
int settings_count(const char *name, const char *text, unsigned int most,
		   unsigned int *n, char *why, size_t size);

/* The number of MiB that NAME's value is ("256M", "2G", "512"): 0 or -EINVAL. */
int settings_mib(const char *name, const char *text, unsigned long long *mib,
		 char *why, size_t size);

/*
 * Where NAME is a path and its value relative, makes that absolute, from the
 * current folder, and exports it: scripts run in another folder.  0, or -errno
 * with the cause in @why.
 */
int settings_path(const char *name, char *text, char *why, size_t size);

/* Likewise, for the paths that only the environment can name. */
int settings_paths_of_environment(char *why, size_t size);

/* Whether vbench only records the setting @name: no value of it is refused. */
bool settings_recorded(const char *name);

/*
 * Makes @text, the value of such a setting, what results say of it: one line, with
 * "..." where it is cut to fit into @size bytes, and "*" instead of known secrets.
 */
void settings_record(char *text, size_t size);

#endif
