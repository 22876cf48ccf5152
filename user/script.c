// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../bench/clock.h"
#include "../bench/cpus.h"
#include "../bench/fds.h"
#include "active.h"
#include "script.h"
#include "tail.h"

#define TAIL_LINES 8
#define SPACE_LEAST (64 << 10)

static int output(const char *path, bool needed)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0 && !needed)
		fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
	return fd;
}

/* In the child: never returns.  Reports through @fail why exec did not work. */
static void become(const struct script *s, const struct script_spec *spec,
		   int fail)
{
	const char *argv[SCRIPT_ARGS_MAX + 2] = { spec->path };
	int in = open("/dev/null", O_RDONLY), out, err, e;
	sigset_t none;

	for (int i = 0; i < SCRIPT_ARGS_MAX && spec->args[i]; i++)
		argv[i + 1] = spec->args[i];
	setpgid(0, 0);
	if (spec->ends_with_us)
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGTTOU, SIG_DFL);
	signal(SIGPIPE, SIG_DFL);
	signal(SIGXFSZ, SIG_DFL);
	out = output(s->out, !spec->cleans_up);
	err = output(s->err, !spec->cleans_up);
	if (in < 0 || out < 0 || err < 0 || chdir(spec->cwd))
		goto fail;
	e = spec->cpus ? cpus_bind(0, spec->cpus, spec->ncpus) : 0;
	if (e) {
		errno = -e;
		goto fail;
	}
	dup2(in, STDIN_FILENO);
	dup2(out, STDOUT_FILENO);
	dup2(err, STDERR_FILENO);
	fds_close_on_exec();
	execv(spec->path, (char *const *)argv);
fail:
	e = errno;
	if (write(fail, &e, sizeof(e)) != sizeof(e))
		_exit(126);
	_exit(127);
}

int script_spawn(struct script *s, const struct script_spec *spec)
{
	int fail[2], err = 0;

	memset(s, 0, sizeof(*s));
	s->pidfd = -1;
	snprintf(s->name, sizeof(s->name), "%s", spec->label);
	if (snprintf(s->out, sizeof(s->out), "%s/%s.out", spec->cwd,
		     spec->label) >= (int)sizeof(s->out) ||
	    snprintf(s->err, sizeof(s->err), "%s/%s.err", spec->cwd,
		     spec->label) >= (int)sizeof(s->err))
		return -ENAMETOOLONG;
	if (pipe2(fail, O_CLOEXEC))
		return -errno;
	s->pid = fork();
	if (s->pid == 0)
		become(s, spec, fail[1]);
	close(fail[1]);
	if (s->pid < 0)
		err = errno;
	else if (read(fail[0], &err, sizeof(err)) != sizeof(err))
		err = 0;
	close(fail[0]);
	if (err) {
		if (s->pid > 0)
			waitpid(s->pid, NULL, 0);
		s->pid = 0;
		return -err;
	}
	s->first_pid = s->pid;
	s->pidfd = syscall(SYS_pidfd_open, s->pid, 0);
	s->limit_ns = spec->limit_s * NSEC_PER_SEC;
	s->deadline = active_ns() + s->limit_ns;
	return 0;
}

static void ended(struct script *s, int status)
{
	s->status = status;
	s->pid = 0;
	if (s->pidfd >= 0)
		close(s->pidfd);
	s->pidfd = -1;
}

void script_kill(struct script *s)
{
	int status;

	if (!s->pid)
		return;
	kill(-s->pid, SIGKILL);
	kill(s->pid, SIGKILL);
	waitpid(s->pid, &status, 0);
	ended(s, status);
}

bool script_ended(struct script *s)
{
	int status;

	if (!s->pid)
		return true;
	if (waitpid(s->pid, &status, WNOHANG) == s->pid) {
		ended(s, status);
		return true;
	}
	if (active_ns() < s->deadline)
		return false;
	script_kill(s);
	/* Told from a SIGKILL of somebody else's by the deadline. */
	s->deadline = 0;
	return true;
}

void script_wait(struct script *s)
{
	struct pollfd p = { .fd = s->pidfd, .events = POLLIN };
	struct timespec pause = { .tv_nsec = 10 * 1000 * 1000 };

	while (!script_ended(s)) {
		if (s->pidfd < 0)
			nanosleep(&pause, NULL);
		else
			poll(&p, 1, 100);
	}
}

bool script_exited_with(const struct script *s, int status)
{
	return s->deadline && WIFEXITED(s->status) &&
	       WEXITSTATUS(s->status) == status;
}

bool script_succeeded(const struct script *s)
{
	return s->first_pid && (s->pid || script_exited_with(s, 0));
}

/* It cannot say so itself where its words have no room either. */
static bool no_space_left(const char *path)
{
	struct statvfs fs;

	return !statvfs(path, &fs) &&
	       (fs.f_bavail * fs.f_frsize < SPACE_LEAST || !fs.f_favail) &&
	       fs.f_files;
}

bool script_verdict(const struct script *s, char *why, size_t size)
{
	char tail[1024];
	int n;

	if (script_exited_with(s, 0))
		return true;
	if (!s->deadline)
		n = snprintf(why, size, "%s did not end within %.3g s", s->name,
			     (double)s->limit_ns / NSEC_PER_SEC);
	else if (WIFSIGNALED(s->status))
		n = snprintf(why, size, "%s died of signal %d (%s)", s->name,
			     WTERMSIG(s->status),
			     strsignal(WTERMSIG(s->status)));
	else
		n = snprintf(why, size, "%s failed (exit status %d)", s->name,
			     WEXITSTATUS(s->status));
	if (n < (int)size &&
	    tail_of_file(s->err, TAIL_LINES, tail, sizeof(tail)))
		snprintf(why + n, size - n, ":\n%s", tail);
	else if (n < (int)size && no_space_left(s->err))
		snprintf(why + n, size - n,
			 ": no space is left in the file system of %s (TMPDIR= "
			 "names another place)",
			 s->err);
	return false;
}
