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

static int failure; /* errno; 0 none */

static bool stdout_has_no_reader(void)
{
	struct pollfd p = { .fd = STDOUT_FILENO };

	return poll(&p, 1, 0) > 0 && p.revents & POLLERR;
}

int stdout_flush(void)
{
	errno = 0;
	if (!failure && (fflush(stdout) || ferror(stdout)))
		failure = errno ? errno : stdout_has_no_reader() ? EPIPE : EIO;
	return -failure;
}

bool stdout_printed(const char *what)
{
	int ret = stdout_flush();

	if (ret && ret != -EPIPE)
		say("cannot print %s: %s", what, strerror(-ret));
	return !ret;
}

/* At exit.  close(2), too, reports errors: NFS writes then. */
static void stdout_end(void)
{
	if (failure)
		return;
	if (!stdout_flush() && fclose(stdout))
		failure = errno;
	if (!failure)
		return;
	if (failure == EPIPE) {
		signal(SIGPIPE, SIG_DFL);
		raise(SIGPIPE);
	}
	/* EIO also stands for a write that failed earlier, unseen. */
	say("cannot write to standard output%s%s", failure == EIO ? "" : ": ",
	    failure == EIO ? "" : strerror(failure));
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
