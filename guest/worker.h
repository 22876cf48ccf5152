/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One benchmark in a separate process: it takes SETUP after SETUP and runs the
 * client function for each, so that all effects on the process (a crash, a leak, an
 * affinity) end with it.
 */
#ifndef VBENCH_WORKER_H
#define VBENCH_WORKER_H

#include "channel.h"

/*
 * Runs all samples of @e; never returns.  @watchdog is a timerfd that somebody
 * else watches: armed with the limit of what is under way.
 */
void worker_run(int fd, const struct bench_entry *e,
		const struct msg_begin *begin, int watchdog)
	__attribute__((noreturn));

/* Asks @b whether it can run here: the reason why not, or NULL. */
const char *worker_should_not_run(struct benchmark *b);

#endif
