/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A script under way.  What it prints goes to files, not pipes: a guest that it
 * leaves running may keep them open for as long as it likes.
 */
#ifndef VBENCH_SCRIPT_H
#define VBENCH_SCRIPT_H

#include <limits.h>
#include <sys/types.h>

#include "../bench/benchmarks.h"

#define SCRIPT_ARGS_MAX 12

struct script {
	char name[64]; /* for messages: "start_machine 2" */
	char out[PATH_MAX]; /* what it printed */
	char err[PATH_MAX]; /* and complained */
	pid_t pid; /* 0 when it is not running */
	pid_t first_pid; /* the same, and kept */
	int pidfd; /* readable when it has ended; -1 else */
	int status; /* wait status, once ended */
	u64 deadline; /* clock_ns() when it is killed */
	u64 limit_ns;
};

struct script_spec {
	const char *path;
	const char *cwd; /* also holds the files of its output */
	const char *label;
	const char *args[SCRIPT_ARGS_MAX]; /* NULL ends them */
	const u32 *cpus; /* NULL: no pinning */
	u32 ncpus;
	double limit_s;
	bool ends_with_us; /* killed when the caller dies */
	bool cleans_up; /* runs even if no file can be made for its output */
};

/* 0, or -errno (the script cannot be executed). */
int script_spawn(struct script *s, const struct script_spec *spec);

/*
 * Looks whether it has ended or is overdue, then kills it with its process
 * group: true once it has ended.
 */
bool script_ended(struct script *s);

/* Waits for its end. */
void script_wait(struct script *s);

/* Kills it and all of its process group. */
void script_kill(struct script *s);

/* Whether it ended well; if not, why, with the last lines it complained. */
bool script_verdict(const struct script *s, char *why, size_t size);

/* Whether it was run and has not failed: it may still run. */
bool script_succeeded(const struct script *s);

/* Whether it exited with @status. */
bool script_exited_with(const struct script *s, int status);

#endif
