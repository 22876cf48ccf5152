/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef VBENCH_EXIT_H
#define VBENCH_EXIT_H

/* Exit statuses of vbench. */
enum {
	EXIT_OK = 0, /* all ran, or were skipped with a reason */
	EXIT_FAILED = 1, /* a benchmark, or writing its result, failed */
	EXIT_NOTHING = 4, /* nothing could run: kselftest's KSFT_SKIP */
	/* Of a session whose start script says so; vbench's is EXIT_NOTHING. */
	EXIT_NOT_HERE = 5,
	EXIT_TIME_LIMIT = 124, /* as timeout(1) */
	EXIT_USAGE = 129, /* as git */
	EXIT_INTERRUPTED = 130, /* as a shell says of SIGINT */
};

#endif
