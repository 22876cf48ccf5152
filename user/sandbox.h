/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Runs a session as process 1 of its own pid, mount and, unless the caller's
 * is to be used, network namespace; of a user namespace too when not root.
 * Whatever happens to it, the kernel then ends every process that it started
 * and takes every mount, tap and bridge away (pid_namespaces(7)).
 */
#ifndef VBENCH_SANDBOX_H
#define VBENCH_SANDBOX_H

#include <stdbool.h>

struct sandbox {
	bool private_net;
	/* The whole run's limit; 0 none.  The session gets SIGALRM, as it gets
	 * SIGTERM for each of SIGINT, SIGTERM and SIGHUP. */
	double limit_s;
	int (*session)(void *arg); /* its return value is the exit status */
	void *arg;
	double grace_s; /* to end in order when told to; then it is killed */
	/* Filled: what there was to be had, before @session is called; and
	 * whether the session was killed instead of ending by itself. */
	bool own_pids;
	bool killed;
};

/*
 * The session's exit status, or -errno when the namespaces cannot be had, with
 * cause and remedy said.
 */
int sandbox_run(struct sandbox *sb);

#endif
