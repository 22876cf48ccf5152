// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <pty.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "command.h"
#include "hostinit.h"

/* Keeps a NULL behind the last. */
static int append(char ***list, size_t *n, const char *text)
{
	char **bigger = realloc(*list, (*n + 2) * sizeof(**list));

	if (!bigger)
		return -ENOMEM;
	*list = bigger;
	bigger[*n] = strdup(text);
	if (!bigger[*n])
		return -ENOMEM;
	bigger[++*n] = NULL;
	return 0;
}

static int take_terminal(struct command *c, const struct frame *f)
{
	struct link_terminal t;

	if (f->len != sizeof(t))
		return -EPROTO;
	memcpy(&t, f->data, sizeof(t));
	if (t.fd < 1 || t.fd > 2)
		return -EPROTO;
	c->terminal[t.fd] = t;
	c->is_terminal[t.fd] = true;
	return 0;
}

int command_take(struct command *c, const struct frame *f)
{
	switch (f->type) {
	case LINK_SHARE:
		mounts_share(c->nshares++, f->data);
		return 0;
	case LINK_CWD:
		free(c->cwd);
		c->cwd = strdup(f->data);
		return c->cwd ? 0 : -ENOMEM;
	case LINK_ENV:
		return append(&c->envp, &c->envc, f->data);
	case LINK_ARG:
		return append(&c->argv, &c->argc, f->data);
	case LINK_TERMINAL:
		return take_terminal(c, f);
	case LINK_START:
		return c->argc ? 1 : -EPROTO;
	default:
		return -EPROTO;
	}
}

static int open_terminal(const struct link_terminal *t, int *ends)
{
	struct winsize ws = { .ws_row = t->rows, .ws_col = t->cols };
	struct termios tio;

	if (openpty(&ends[0], &ends[1], NULL, NULL, &ws))
		return -errno;
	/* The outer terminal makes what it does of a line feed. */
	if (!tcgetattr(ends[1], &tio)) {
		cfmakeraw(&tio);
		tcsetattr(ends[1], TCSANOW, &tio);
	}
	fcntl(ends[0], F_SETFD, FD_CLOEXEC);
	fcntl(ends[1], F_SETFD, FD_CLOEXEC);
	return 0;
}

static int open_stream(const struct command *c, int n, int *ends)
{
	if (c->is_terminal[n])
		return open_terminal(&c->terminal[n], ends);
	return pipe2(ends, O_CLOEXEC) ? -errno : 0;
}

/* In the child: never returns. */
static void become(const struct command *c, int in, const int *out, int fail)
{
	sigset_t none;
	int err;

	setsid();
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	dup2(in, STDIN_FILENO);
	dup2(out[1], STDOUT_FILENO);
	dup2(out[2], STDERR_FILENO);
	if (!c->cwd || !chdir(c->cwd))
		execvpe(c->argv[0], c->argv, c->envp);
	err = errno;
	if (write(fail, &err, sizeof(err)) != sizeof(err))
		_exit(126);
	_exit(127);
}

/* Until exec has closed the pipe or said why it could not. */
static int exec_error(int fd)
{
	int err;

	return read(fd, &err, sizeof(err)) == sizeof(err) ? -err : 0;
}

int command_spawn(struct command *c, const char **what)
{
	int in[2], out[2], err[2], fail[2], ret;

	*what = "its pipes";
	if (pipe2(in, O_CLOEXEC) || pipe2(fail, O_CLOEXEC))
		return -errno;
	ret = open_stream(c, 1, out);
	if (!ret)
		ret = open_stream(c, 2, err);
	if (ret)
		return ret;
	*what = c->argv[0];
	/* execvpe(3) searches the PATH of the caller. */
	for (size_t i = 0; i < c->envc; i++)
		if (!strncmp(c->envp[i], "PATH=", 5))
			setenv("PATH", c->envp[i] + 5, 1);
	c->pid = fork();
	if (c->pid < 0)
		return -errno;
	if (!c->pid)
		become(c, in[0], (int[]){ -1, out[1], err[1] }, fail[1]);
	close(in[0]);
	close(out[1]);
	close(err[1]);
	close(fail[1]);
	c->in = in[1];
	c->out[1] = out[0];
	c->out[2] = err[0];
	fcntl(c->in, F_SETFL, O_NONBLOCK);
	ret = exec_error(fail[0]);
	close(fail[0]);
	return ret;
}
