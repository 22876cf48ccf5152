// SPDX-License-Identifier: GPL-2.0-only
/* How a process ended. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "procend.h"

/* A shell's status for a command that died of a signal begins here. */
#define SIGNAL_STATUS 128

const char *procend_text(pid_t pid, char *buf, size_t size)
{
	siginfo_t si = { 0 };
	int sig;

	buf[0] = '\0';
	if (waitid(P_PID, pid, &si, WEXITED | WNOHANG | WNOWAIT) || !si.si_pid)
		return buf;
	sig = si.si_code == CLD_EXITED ? si.si_status - SIGNAL_STATUS :
					 si.si_status;
	if (sig > 0 && sig < NSIG)
		snprintf(buf, size, " (killed by signal %d: %s)", sig,
			 strsignal(sig));
	else
		snprintf(buf, size, " (exit status %d)", si.si_status);
	return buf;
}
