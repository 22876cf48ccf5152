// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "active.h"
#include "procfs.h"
#include "suspend.h"

/* How soon a SIGSTOP is seen, against the time that looking takes. */
#define LOOK_MS 200
/* A process in an uninterruptible sleep stops later than the others. */
#define STOP_WITHIN_MS 1000

static void suspend_nap(long ms)
{
	struct timespec pause = { .tv_nsec = ms * 1000000 };

	nanosleep(&pause, NULL);
}

static int suspend_open_stat(pid_t pid)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	return open(path, O_RDONLY | O_CLOEXEC);
}

/* proc(5): 'T' when stopped, 'Z' when ended; 0 when it is gone. */
static char suspend_state(int stat)
{
	char text[512], *after;
	ssize_t n = stat < 0 ? -1 : pread(stat, text, sizeof(text) - 1, 0);

	text[n > 0 ? n : 0] = '\0';
	after = strrchr(text, ')');
	return after && after[1] ? after[2] : '\0';
}

static bool suspend_runs(pid_t pid)
{
	int stat = suspend_open_stat(pid);
	char state = suspend_state(stat);

	if (stat >= 0)
		close(stat);
	return state && !strchr("TtZX", state);
}

/*
 * Stops @pid before its descendants, or continues it after them.  Returns how many
 * were not stopped yet.
 */
static unsigned int suspend_tree(pid_t pid, int sig)
{
	unsigned int n = 0;
	pid_t *children;
	size_t count;

	if (sig == SIGSTOP && suspend_runs(pid) && !kill(pid, sig))
		n++;
	count = procfs_children(pid, &children);
	for (size_t i = 0; i < count; i++)
		n += suspend_tree(children[i], sig);
	free(children);
	if (sig == SIGCONT)
		kill(pid, sig);
	return n;
}

/* Looks again until all are stopped: one may have forked just before. */
void suspend_stop(pid_t run)
{
	kill(run, SIGSTOP);
	if (!procfs_is_ours())
		return;
	for (int ms = 0; ms < STOP_WITHIN_MS; ms++) {
		if (!suspend_tree(run, SIGSTOP))
			return;
		suspend_nap(1);
	}
}

static void suspend_continue(pid_t run)
{
	if (procfs_is_ours())
		suspend_tree(run, SIGCONT);
	else
		kill(run, SIGCONT);
}

/* True when SIGCONT, which is blocked, has come. */
static bool suspend_take_cont(void)
{
	const struct timespec now = { 0 };
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCONT);
	return sigtimedwait(&set, NULL, &now) == SIGCONT;
}

/* As if SIGTSTP had not been blocked. */
static void suspend_by_default(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTSTP);
	raise(SIGTSTP);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	sigprocmask(SIG_BLOCK, &set, NULL);
}

void suspend_self(bool by_terminal)
{
	/* It came while the others were being stopped: it was for all. */
	if (suspend_take_cont())
		return;
	if (by_terminal)
		suspend_by_default();
	else
		raise(SIGSTOP);
	suspend_take_cont();
}

void suspend_all(pid_t run, bool by_terminal)
{
	/* False soon after a SIGSTOP: the watcher will let the clock go on. */
	bool stopped = active_stop();

	suspend_stop(run);
	suspend_self(by_terminal);
	suspend_continue(run);
	if (stopped)
		active_go_on();
}

/* Unless it has been continued since its state was read. */
static bool suspend_begin(int stat)
{
	if (!active_stop())
		return false;
	if (suspend_state(stat) == 'T')
		return true;
	active_go_on();
	return false;
}

/*
 * The clock goes on only after everybody does: a spell that meets a stop, or the
 * continuing that takes a while on a busy machine, sees active_changes() change.
 */
static void suspend_follow(int stat, pid_t run)
{
	bool stopped = false;
	char state;

	while ((state = suspend_state(stat))) {
		if (state == 'T' && !stopped && suspend_begin(stat)) {
			stopped = true;
			suspend_stop(run);
		} else if (state != 'T' && stopped) {
			stopped = false;
			suspend_continue(run);
			active_go_on();
		}
		suspend_nap(LOOK_MS);
	}
}

pid_t suspend_watch(pid_t run)
{
	pid_t pid, parent = getpid();
	int stat = procfs_is_ours() ? suspend_open_stat(parent) : -1;

	if (stat < 0)
		return -1;
	fflush(NULL);
	pid = fork();
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		/* A SIGSTOP of the whole group must not stop this one. */
		setpgid(0, 0);
		if (getppid() == parent)
			suspend_follow(stat, run);
		_exit(0);
	}
	close(stat);
	return pid;
}

void suspend_unwatch(pid_t watcher, pid_t run)
{
	if (watcher <= 0)
		return;
	kill(watcher, SIGKILL);
	waitpid(watcher, NULL, 0);
	/* It had no time to see that this process was continued. */
	if (!active_is_stopped())
		return;
	suspend_continue(run);
	active_go_on();
}
