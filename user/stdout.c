// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "exit.h"
#include "say.h"
#include "stdout.h"

static int failure; /* errno; 0 none */

int stdout_flush(void)
{
	errno = 0;
	if (!failure && (fflush(stdout) || ferror(stdout)))
		failure = errno ? errno : EIO;
	return -failure;
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
