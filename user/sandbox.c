// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "active.h"
#include "hint.h"
#include "procfs.h"
#include "sandbox.h"
#include "say.h"
#include "suspend.h"

static int write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = write(fd, text, strlen(text));
	close(fd);
	return n < 0 ? -errno : 0;
}

/* user_namespaces(7): setgroups must be denied before an unprivileged process
 * may write the gid map. */
static int map_user(pid_t pid)
{
	char path[64], map[64];
	int ret;

	snprintf(path, sizeof(path), "/proc/%d/setgroups", pid);
	write_file(path, "deny");
	snprintf(path, sizeof(path), "/proc/%d/uid_map", pid);
	snprintf(map, sizeof(map), "0 %u 1", geteuid());
	ret = write_file(path, map);
	if (ret)
		return ret;
	snprintf(path, sizeof(path), "/proc/%d/gid_map", pid);
	snprintf(map, sizeof(map), "0 %u 1", getegid());
	return write_file(path, map);
}

static void mounts(void)
{
	/*
	 * Nothing that is mounted here shall show outside.  Where that cannot
	 * be had (a chroot whose root is no mount point), nothing is mounted.
	 */
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL)) {
		say_detail("cannot make the mounts private: %s",
			   strerror(errno));
		return;
	}
	/* Without it /proc shows the wrong pids: host run-delay is lost. */
	if (mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC,
		  NULL))
		say_detail("cannot mount /proc anew: %s", strerror(errno));
}

/*
 * Without a pid namespace, what the session's scripts left behind has become
 * this process's children (PR_SET_CHILD_SUBREAPER).
 */
static void kill_orphans(void)
{
	pid_t *list;
	size_t n;

	/* Else these are the children of another process. */
	if (!procfs_is_ours())
		return;
	do {
		n = procfs_children(getpid(), &list);
		for (size_t i = 0; i < n; i++) {
			kill(list[i], SIGKILL);
			waitpid(list[i], NULL, 0);
		}
		free(list);
	} while (n);
}

enum isolation { PLAIN, NAMESPACES, USER_NAMESPACE };

/* Whether the parent still holds the other end of @fd. */
static bool parent_lives(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, 0) == 0;
}

static int child(struct sandbox *sb, enum isolation how, const int *go)
{
	char c;
	int ret;

	/* Also while the parent is still at its maps: its end is ours. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	close(go[1]);
	if (read(go[0], &c, 1) != 1 || !parent_lives(go[0]))
		_exit(EXIT_FAILURE);
	close(go[0]);
	sb->own_pids = how != PLAIN;
	/* Ctrl-C reaches the parent only, which passes it on: the guests must
	 * not get it. */
	setpgid(0, 0);
	signal(SIGTTOU, SIG_IGN);
	if (how == PLAIN)
		prctl(PR_SET_CHILD_SUBREAPER, 1);
	else
		mounts();
	ret = sb->session(sb->arg);
	if (how == PLAIN)
		kill_orphans();
	return ret;
}

static pid_t spawn(struct sandbox *sb, enum isolation how, int *go)
{
	unsigned long flags = SIGCHLD;
	pid_t pid;

	if (how != PLAIN)
		flags |= CLONE_NEWPID | CLONE_NEWNS;
	if (how != PLAIN && sb->private_net)
		flags |= CLONE_NEWNET;
	if (how == USER_NAMESPACE)
		flags |= CLONE_NEWUSER;
	if (pipe2(go, O_CLOEXEC))
		return -errno;
	fflush(NULL);
	pid = syscall(SYS_clone, flags, NULL, NULL, NULL, NULL);
	if (pid == 0)
		exit(child(sb, how, go));
	if (pid > 0)
		return pid;
	pid = -errno;
	close(go[0]);
	close(go[1]);
	return pid;
}

static void explain(int err)
{
	say("cannot make the session's private namespaces: %s%s",
	    strerror(-err), hint_namespaces(err, HINT_APPARMOR));
	if (err == -ENOSPC)
		say("the limit on namespaces is reached "
		    "(/proc/sys/user/max_*_namespaces)");
	if (geteuid() && err == -EPERM && hint_in_chroot(HINT_MOUNTS))
		say("this is a chroot, where the kernel allows no user namespace "
		    "(clone(2), EPERM): run vbench as root, or outside the "
		    "chroot, or use the existing network with --ifname=lo");
	else if (geteuid())
		say("run it as root, or allow user namespaces (sysctl "
		    "kernel.unprivileged_userns_clone=1, "
		    "user.max_user_namespaces above 0; in a chroot the kernel "
		    "allows none: run it outside), or use the existing network "
		    "with --ifname=lo");
	else
		say("root lacks CAP_SYS_ADMIN here, as in most "
		    "containers: allow it, or use the existing network with "
		    "--ifname=lo");
}

/* Its pid stays taken until wait_status(). */
static bool has_ended(pid_t pid)
{
	siginfo_t info = { .si_pid = 0 };

	return !waitid(P_PID, pid, &info, WEXITED | WNOWAIT | WNOHANG) &&
	       info.si_pid == pid;
}

static int wait_status(struct sandbox *sb, pid_t pid)
{
	int status;

	waitpid(pid, &status, 0);
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	sb->killed = true;
	say("the session died of signal %d (%s)", WTERMSIG(status),
	    strsignal(WTERMSIG(status)));
	return 1;
}

/* From now on in @seconds, or as before where that is 0. */
static void deadline_in(struct timespec *left, double *until, double seconds)
{
	double now = active_ns() / 1e9;

	if (seconds > 0)
		*until = now + seconds;
	seconds = *until > now ? *until - now : 0;
	left->tv_sec = seconds;
	left->tv_nsec = (seconds - (time_t)seconds) * 1e9;
}

/*
 * Returns when the session has ended.  First signal: it ends in order.  Second
 * signal, or no end in time: it is killed, and all that is in its pid namespace
 * with it.
 */
static void supervise(struct sandbox *sb, pid_t pid, const sigset_t *set)
{
	double until = 0;
	struct timespec left;
	int sig, told = 0;
	siginfo_t info;

	if (sb->limit_s > 0)
		deadline_in(&left, &until, sb->limit_s);
	for (;;) {
		if (until)
			deadline_in(&left, &until, 0);
		sig = sigtimedwait(set, &info, until ? &left : NULL);
		if (sig == SIGCHLD) {
			if (has_ended(pid))
				return;
			continue;
		}
		if (sig == SIGTSTP) {
			suspend_all(pid, info.si_code == SI_KERNEL);
			continue;
		}
		/* It may have been stopped, and the time with it. */
		if (sig < 0 && (errno != EAGAIN || active_ns() / 1e9 < until))
			continue;
		if (told++) {
			kill(pid, SIGKILL);
			until = 0;
			continue;
		}
		kill(pid, sig < 0 ? SIGALRM : SIGTERM);
		deadline_in(&left, &until, sb->grace_s);
	}
}

/* The strongest that is to be had; without a private network any will do. */
static pid_t spawn_best(struct sandbox *sb, enum isolation *how, int *go)
{
	pid_t pid;

	*how = geteuid() ? USER_NAMESPACE : NAMESPACES;
	pid = spawn(sb, *how, go);
	/* Root in a container may lack CAP_SYS_ADMIN outside a user ns. */
	if (pid == -EPERM && *how == NAMESPACES) {
		*how = USER_NAMESPACE;
		pid = spawn(sb, *how, go);
	}
	if (pid < 0 && !sb->private_net) {
		*how = PLAIN;
		pid = spawn(sb, *how, go);
	}
	return pid;
}

/*
 * As nohup(1) wants it.  SIGINT is not asked: a script's "vbench ... &" has it
 * ignored, and who sends it to that process by name means it.
 */
static bool ignored(int sig)
{
	struct sigaction sa;

	return !sigaction(sig, NULL, &sa) && sa.sa_handler == SIG_IGN;
}

/* Blocked before the fork: the session reads them from a signalfd. */
static void block_signals(sigset_t *set)
{
	static const int ends[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };

	sigemptyset(set);
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		if (ends[i] != SIGHUP || !ignored(SIGHUP))
			sigaddset(set, ends[i]);
	/* Inherited as ignored it would reap the session unseen. */
	signal(SIGCHLD, SIG_DFL);
	sigaddset(set, SIGCHLD);
	sigaddset(set, SIGALRM);
	sigaddset(set, SIGCONT);
	if (!ignored(SIGTSTP))
		sigaddset(set, SIGTSTP);
	sigprocmask(SIG_BLOCK, set, NULL);
	/* These two are not for supervise(). */
	sigdelset(set, SIGALRM);
	sigdelset(set, SIGCONT);
}

int sandbox_run(struct sandbox *sb)
{
	enum isolation how;
	int go[2], ret;
	pid_t pid, watcher;
	sigset_t set;

	active_share();
	block_signals(&set);
	pid = spawn_best(sb, &how, go);
	if (pid < 0) {
		explain(pid);
		return pid;
	}
	close(go[0]);
	ret = how == USER_NAMESPACE ? map_user(pid) : 0;
	if (ret) {
		explain(ret);
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	} else {
		if (write(go[1], "g", 1) != 1)
			say_detail("the session has ended already");
		watcher = suspend_watch(pid);
		supervise(sb, pid, &set);
		suspend_unwatch(watcher, pid);
		ret = wait_status(sb, pid);
	}
	/* Open up to here: its closing tells the child that this one died. */
	close(go[1]);
	return ret;
}
