// SPDX-License-Identifier: GPL-2.0-only
/* The scripts that prepare an emulated host, and the signals that may end them. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "emulated-host.h"
#include "exit.h"
#include "procfs.h"
#include "say.h"
#include "script.h"
#include "suspend.h"

#define TICK_MS 100

static bool emulated_signal_ignored(int sig)
{
	struct sigaction sa;

	return !sigaction(sig, NULL, &sa) && sa.sa_handler == SIG_IGN;
}

int emulated_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGQUIT);
	if (!emulated_signal_ignored(SIGHUP))
		sigaddset(&set, SIGHUP);
	if (!emulated_signal_ignored(SIGTSTP))
		sigaddset(&set, SIGTSTP);
	/* Only emulated_stop() waits for SIGCONT. */
	sigaddset(&set, SIGCONT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	sigdelset(&set, SIGCONT);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* timeout(1) has made a process group of its own. */
static void emulated_kill_tree(pid_t pid)
{
	pid_t *children;
	size_t n = procfs_is_ours() ? procfs_children(pid, &children) : 0;

	kill(pid, SIGKILL);
	for (size_t i = 0; i < n; i++)
		emulated_kill_tree(children[i]);
	if (n)
		free(children);
}

/* True if it was a signal that ends vbench. */
static bool emulated_take_signal(struct emulated_host *h, struct script *s)
{
	struct signalfd_siginfo si;

	if (read(h->signals, &si, sizeof(si)) != sizeof(si))
		return false;
	if (si.ssi_signo != SIGTSTP)
		return true;
	suspend_all(s->pid, si.ssi_code == SI_KERNEL);
	return false;
}

int emulated_script_wait(struct emulated_host *h, struct script *s)
{
	struct pollfd p[] = { { .fd = s->pidfd, .events = POLLIN },
			      { .fd = h->signals, .events = POLLIN } };

	while (!script_ended(s)) {
		poll(p, 2, TICK_MS);
		if (!emulated_take_signal(h, s))
			continue;
		/* A process that runs may fork while the tree is read. */
		suspend_stop(s->pid);
		emulated_kill_tree(s->pid);
		script_kill(s);
		say("interrupted: no emulated host is started");
		return -EINTR;
	}
	return 0;
}

int emulated_failed(int ret)
{
	return ret == -EINTR ? EXIT_INTERRUPTED : EXIT_NOTHING;
}
