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

#include "sandbox.h"
#include "say.h"

/* After being told to end, so long may the session take to stop its guests. */
#define GRACE_S 30

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
	/* Nothing that a script mounts shall show outside. */
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		say_detail("cannot make the mounts private: %s",
			   strerror(errno));
	/* Without it /proc shows the wrong pids: host run-delay is lost. */
	if (mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC,
		  NULL))
		say_detail("cannot mount /proc anew: %s", strerror(errno));
}

enum isolation { PLAIN, NAMESPACES, USER_NAMESPACE };

static int child(const struct sandbox *sb, enum isolation how, const int *go)
{
	char c;

	/* Also while the parent is still at its maps: its end is ours. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	close(go[1]);
	if (read(go[0], &c, 1) != 1)
		_exit(EXIT_FAILURE);
	close(go[0]);
	/* Ctrl-C reaches the parent only, which passes it on: the guests must
	 * not get it. */
	setpgid(0, 0);
	signal(SIGTTOU, SIG_IGN);
	if (how == PLAIN)
		prctl(PR_SET_CHILD_SUBREAPER, 1);
	else
		mounts();
	return sb->session(sb->arg);
}

static pid_t spawn(const struct sandbox *sb, enum isolation how, int *go)
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
	say("cannot make the session's private namespaces: %s", strerror(-err));
	if (err == -ENOSPC)
		say("the limit on namespaces is reached "
		    "(/proc/sys/user/max_*_namespaces)");
	if (geteuid())
		say("run it as root, or allow user namespaces (sysctl "
		    "kernel.unprivileged_userns_clone=1, "
		    "user.max_user_namespaces above 0), or use the network "
		    "that is there with --ifname=lo");
	else
		say("root without CAP_SYS_ADMIN, as in most containers: allow "
		    "it, or use the network that is there with --ifname=lo");
}

static int wait_status(int status)
{
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	say("the session died of signal %d (%s)", WTERMSIG(status),
	    strsignal(WTERMSIG(status)));
	return 1;
}

static void deadline_in(struct timespec *left, double *until, double seconds)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (seconds > 0)
		*until = now.tv_sec + now.tv_nsec / 1e9 + seconds;
	seconds = *until - (now.tv_sec + now.tv_nsec / 1e9);
	if (seconds < 0)
		seconds = 0;
	left->tv_sec = seconds;
	left->tv_nsec = (seconds - (time_t)seconds) * 1e9;
}

/*
 * First signal: the session ends in order.  Second signal, or no end in time:
 * it is killed, and all that is in its pid namespace with it.
 */
static int supervise(const struct sandbox *sb, pid_t pid, const sigset_t *set)
{
	double until = 0;
	struct timespec left;
	int status, sig, told = 0;

	if (sb->limit_s > 0)
		deadline_in(&left, &until, sb->limit_s);
	for (;;) {
		if (until)
			deadline_in(&left, &until, 0);
		sig = sigtimedwait(set, NULL, until ? &left : NULL);
		if (sig == SIGCHLD) {
			if (waitpid(pid, &status, WNOHANG) == pid)
				return wait_status(status);
			continue;
		}
		if (sig < 0 && errno != EAGAIN)
			continue;
		if (told++) {
			kill(pid, SIGKILL);
			until = 0;
			continue;
		}
		kill(pid, sig < 0 ? SIGALRM : SIGTERM);
		deadline_in(&left, &until, GRACE_S);
	}
}

/* The strongest that is to be had; without a private network any will do. */
static pid_t spawn_best(const struct sandbox *sb, enum isolation *how, int *go)
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

int sandbox_run(const struct sandbox *sb)
{
	enum isolation how;
	int go[2], ret;
	sigset_t set;
	pid_t pid;

	/* Blocked before the fork: the session reads them from a signalfd. */
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGALRM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	sigdelset(&set, SIGALRM);

	pid = spawn_best(sb, &how, go);
	if (pid < 0) {
		explain(pid);
		return pid;
	}
	ret = how == USER_NAMESPACE ? map_user(pid) : 0;
	if (ret) {
		explain(ret);
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		close(go[0]);
		close(go[1]);
		return ret;
	}
	close(go[0]);
	if (write(go[1], "g", 1) != 1)
		say_detail("the session is gone already");
	close(go[1]);
	return supervise(sb, pid, &set);
}
