// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "exit.h"
#include "say.h"
#include "stdout.h"

/* For a write that failed inside stdio, which keeps no errno. */
#define CAUSE_UNKNOWN -1

static int failure; /* errno or CAUSE_UNKNOWN; 0 none */

static bool stdout_has_no_reader(void)
{
	struct pollfd p = { .fd = STDOUT_FILENO };

	return poll(&p, 1, 0) > 0 && p.revents & POLLERR;
}

void stdout_write(const char *data, size_t len)
{
	if (!failure && fwrite(data, 1, len, stdout) < len)
		failure = errno;
}

bool stdout_flush(void)
{
	errno = 0;
	if (failure || (!fflush(stdout) && !ferror(stdout)))
		return !failure;
	failure = errno;
	if (!failure)
		failure = stdout_has_no_reader() ? EPIPE : CAUSE_UNKNOWN;
	return false;
}

void stdout_say(const char *what)
{
	if (failure == CAUSE_UNKNOWN)
		say("cannot %s", what);
	else
		say("cannot %s: %s", what, strerror(failure));
}

bool stdout_printed(const char *what)
{
	if (!stdout_flush() && failure != EPIPE)
		stdout_say(what);
	return !failure;
}

/* At exit.  close(2), too, reports errors: NFS writes then. */
static void stdout_end(void)
{
	if (failure)
		return;
	if (stdout_flush() && fclose(stdout))
		failure = errno;
	if (!failure)
		return;
	if (failure == EPIPE) {
		signal(SIGPIPE, SIG_DFL);
		raise(SIGPIPE);
	}
	stdout_say("write to standard output");
	_exit(EXIT_FAILED);
}

void stdout_watch(void)
{
	/* A write fails with EPIPE or EFBIG (ulimit -f) instead, so that a run can
	 * clean up, and can save its results elsewhere. */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	atexit(stdout_end);
}
