// SPDX-License-Identifier: GPL-2.0-only
/* A running emulated host: its streams, its signals, its end. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "../bench/clock.h"
#include "active.h"
#include "emulated-host.h"
#include "exit.h"
#include "procend.h"
#include "say.h"
#include "tail.h"

/* Shown of its console if it did not come up or ended early. */
#define CONSOLE_LINES 16
#define CONSOLE_MAX (1024 * 1024)
/* After this long without a sign of life, its kernel hangs. */
#define SILENCE_S 300
#define TICK_MS 500
/* PIPE_BUF: a pipe that is ready takes this much at once. */
#define CHUNK 4096

#define EXIT_NO_COMMAND 127 /* a shell's status */

struct run {
	struct emulated_host *h;
	char *const *argv;
	int console_file;
	off_t console_size;
	bool up, wants_input, interrupted;
	bool gone; /* QEMU has ended */
	bool hung_up; /* the link is closed, and was read to its end */
	u64 begin, heard;
	/* Output that is not written yet; the link waits for it. */
	struct frame out;
	size_t written;
	bool closed[3]; /* nobody reads that stream any more */
	int exit_status; /* -1: not ended */
};

/* TCG prints these at every start if it lacks features of the CPU model. */
static void drop_warnings(char *log)
{
	char *to = log, *rest = log, *line;
	size_t len;

	while ((line = strsep(&rest, "\n"))) {
		len = strlen(line);
		if (!len || strstr(line, "TCG doesn't support requested"))
			continue;
		if (to != log)
			*to++ = '\n';
		memmove(to, line, len);
		to += len;
	}
	*to = '\0';
}

/* Shows QEMU's own last output, too: an assertion may have ended it. */
static void show_console(struct run *r)
{
	char path[PATH_MAX], log[4096];

	emulated_host_path(r->h, EMULATED_CONSOLE, path);
	if (tail_of_file(path, CONSOLE_LINES, log, sizeof(log)))
		say("the end of its console:\n%s", log);
	emulated_host_path(r->h, EMULATED_QEMU_LOG, path);
	if (!tail_of_file(path, CONSOLE_LINES, log, sizeof(log)))
		return;
	drop_warnings(log);
	if (*log)
		say("%s says:\n%s", r->h->qemu, log);
}

static void give_up(struct run *r, const char *why)
{
	say_progress("%s", "");
	say("the emulated host %s", why);
	show_console(r);
	r->exit_status = r->up ? EXIT_FAILED : EXIT_NOTHING;
}

/* Keeps only the end.  A console that hung up is always ready, so it is closed. */
static void take_console(struct run *r)
{
	char buf[CHUNK];
	ssize_t n = read(r->h->console, buf, sizeof(buf));

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n <= 0) {
		close(r->h->console);
		r->h->console = -1;
		return;
	}
	if (r->console_size > CONSOLE_MAX) {
		r->console_size = 0;
		if (ftruncate(r->console_file, 0))
			return;
	}
	n = pwrite(r->console_file, buf, n, r->console_size);
	if (n > 0)
		r->console_size += n;
}

static void send_terminal(struct link *l, int fd)
{
	struct link_terminal t = { .fd = fd };
	struct winsize ws;

	if (!isatty(fd))
		return;
	if (!ioctl(fd, TIOCGWINSZ, &ws)) {
		t.rows = ws.ws_row;
		t.cols = ws.ws_col;
	}
	link_put(l, LINK_TERMINAL, &t, sizeof(t));
}

/* Not passed on: variables that vbench sets itself, and paths that differ there. */
static bool passed_on(const struct run *r, const char *variable)
{
	static const char *const not [] = { "VBENCH_DIR=", "VBENCH_RUN=",
					    "TMPDIR=", ENV_EMULATED_HOST "=" };

	for (size_t i = 0; i < sizeof(not ) / sizeof(not [0]); i++)
		if (!strncmp(variable, not [i], strlen(not [i])))
			return false;
	return !r->h->took_modules || strncmp(variable, "MODULES=", 8);
}

static int send_command(struct run *r)
{
	struct link *l = &r->h->link;
	char text[PATH_MAX + 64];
	int ret = 0;

	for (unsigned int i = 0; i < r->h->nshares; i++)
		ret |= link_put_text(l, LINK_SHARE, r->h->share[i]);
	if (getcwd(text, PATH_MAX))
		ret |= link_put_text(l, LINK_CWD, text);
	for (char **e = environ; *e; e++)
		if (passed_on(r, *e))
			ret |= link_put_text(l, LINK_ENV, *e);
	ret |= link_put_text(l, LINK_ENV, ENV_EMULATED_HOST "=yes");
	/* In this machine's /tmp, folders of live runs would seem abandoned. */
	ret |= link_put_text(l, LINK_ENV, "TMPDIR=/dev/shm");
	for (char *const *a = r->argv; *a; a++)
		ret |= link_put_text(l, LINK_ARG, *a);
	send_terminal(l, STDOUT_FILENO);
	send_terminal(l, STDERR_FILENO);
	return ret | link_put(l, LINK_START, NULL, 0);
}

static void hello(struct run *r, const struct frame *f)
{
	if (strcmp(f->data, LINK_VERSION)) {
		give_up(r, "has an init of another version: make");
		return;
	}
	r->up = true;
	say_progress("%s", "");
	say_detail("the emulated host is up after %.1f s",
		   (double)(active_ns() - r->begin) / NSEC_PER_SEC);
	if (send_command(r))
		give_up(r, "cannot receive the command: an argument or a "
			   "variable is too long");
}

static void take_frame(struct run *r, const struct frame *f)
{
	switch (f->type) {
	case LINK_HELLO:
		hello(r, f);
		break;
	case LINK_NOTE:
		say("the emulated host: %s", f->data);
		break;
	case LINK_OUTPUT:
	case LINK_ERROR:
		r->out = *f;
		r->written = 0;
		break;
	case LINK_WANT_INPUT:
		r->wants_input = true;
		break;
	case LINK_FAILED:
		say("the emulated host cannot run %s", f->data);
		r->exit_status = EXIT_NO_COMMAND;
		break;
	case LINK_EXIT:
		r->exit_status = f->len == 1 ? (unsigned char)f->data[0] : 1;
		break;
	default:
		break; /* LINK_ALIVE */
	}
}

static int out_fd(const struct run *r)
{
	return r->out.type == LINK_OUTPUT ? STDOUT_FILENO : STDERR_FILENO;
}

static bool out_pending(const struct run *r)
{
	return r->written < r->out.len;
}

/* Takes frames until the output would block. */
static void take_frames(struct run *r)
{
	struct frame f;
	int ret = 0;

	while (r->exit_status < 0 && !out_pending(r)) {
		ret = link_next(&r->h->link, &f);
		if (ret != 1)
			break;
		take_frame(r, &f);
		if (out_pending(r) && r->closed[out_fd(r)])
			r->written = r->out.len;
	}
	if (ret < 0)
		give_up(r, "sent an invalid message");
}

static void send_signal(struct run *r, int sig)
{
	unsigned char c = sig;

	link_put(&r->h->link, LINK_SIGNAL, &c, 1);
}

static void write_out(struct run *r)
{
	size_t left = r->out.len - r->written;
	int fd = out_fd(r);
	ssize_t n;

	n = write(fd, r->out.data + r->written, left < CHUNK ? left : CHUNK);
	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n > 0) {
		r->written += n;
		return;
	}
	/* The command gets the signal of a closed pipe. */
	if (errno != EPIPE)
		say("cannot write the command's output: %s", strerror(errno));
	r->closed[fd] = true;
	r->written = r->out.len;
	send_signal(r, SIGPIPE);
}

static void read_input(struct run *r)
{
	char buf[CHUNK];
	ssize_t n = 0;

	if (r->h->input)
		n = read(STDIN_FILENO, buf, sizeof(buf));
	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	link_put(&r->h->link, LINK_INPUT, buf, n > 0 ? n : 0);
	r->wants_input = false;
}

/* The first signal goes to the command; the second ends the emulated host. */
static void take_signal(struct run *r)
{
	struct signalfd_siginfo si;

	if (read(r->h->signals, &si, sizeof(si)) != sizeof(si))
		return;
	if (si.ssi_signo == SIGTSTP) {
		emulated_stop(r->h, si.ssi_code == SI_KERNEL);
		return;
	}
	if (r->up && !r->interrupted && !r->gone) {
		r->interrupted = true;
		send_signal(r, si.ssi_signo);
		return;
	}
	say_progress("%s", "");
	say("interrupted: ending the emulated host");
	r->exit_status = EXIT_INTERRUPTED;
}

/* Waits until all output has been received and written. */
static void look_for_end(struct run *r)
{
	char end[64], why[128];

	if (!r->gone || !r->hung_up || out_pending(r))
		return;
	if (r->h->console >= 0)
		take_console(r);
	procend_text(r->h->pid, end, sizeof(end));
	snprintf(why, sizeof(why), "ended before %s%s%s",
		 r->up ? "the command did" : "it was up",
		 end[0] ? "; QEMU" : "", end);
	give_up(r, why);
}

static void look_at_clock(struct run *r)
{
	u64 now = active_ns();
	char why[128];

	if (r->gone)
		return;
	if (r->up) {
		if (now - r->heard > SILENCE_S * NSEC_PER_SEC)
			give_up(r,
				"has been silent for 300 s: its kernel hangs");
		return;
	}
	say_progress("starting an emulated host: %.0f s",
		     (double)(now - r->begin) / NSEC_PER_SEC);
	if (now - r->begin < r->h->boot_limit_s * NSEC_PER_SEC)
		return;
	snprintf(why, sizeof(why),
		 "did not come up within %.3g s (HOST_BOOT_LIMIT= in SETTINGS)",
		 r->h->boot_limit_s);
	give_up(r, why);
}

enum { LINK, CONSOLE, PROCESS, SIGNALS, INPUT, OUT, NFDS };

/* A socket whose peer hung up is always ready, whatever poll(2) asks for. */
static int link_fd(const struct run *r)
{
	const struct link *l = &r->h->link;

	return r->hung_up || (out_pending(r) && !l->nout) ? -1 : l->fd;
}

/* A background job must not read the terminal: it would be stopped. */
static bool may_read_input(const struct run *r)
{
	pid_t foreground;

	if (!r->wants_input || !r->h->input)
		return false;
	foreground = tcgetpgrp(STDIN_FILENO);
	return foreground < 0 || foreground == getpgrp();
}

static void wait_some(struct run *r)
{
	struct link *l = &r->h->link;
	bool pending = out_pending(r);
	struct pollfd p[NFDS] = {
		[LINK] = { link_fd(r),
			   (pending ? 0 : POLLIN) | (l->nout ? POLLOUT : 0),
			   0 },
		[CONSOLE] = { r->h->console, POLLIN, 0 },
		[PROCESS] = { r->gone ? -1 : r->h->pidfd, POLLIN, 0 },
		[SIGNALS] = { r->h->signals, POLLIN, 0 },
		[INPUT] = { may_read_input(r) ? STDIN_FILENO : -1, POLLIN, 0 },
		[OUT] = { pending ? out_fd(r) : -1, POLLOUT, 0 },
	};

	if (poll(p, NFDS, TICK_MS) < 0)
		return;
	/* While output is pending, nobody reads the link, so silence means nothing. */
	if (pending)
		r->heard = active_ns();
	if (!pending && p[LINK].revents & (POLLIN | POLLHUP)) {
		r->heard = active_ns();
		r->hung_up = link_fill(l) != 0;
	}
	if (p[CONSOLE].revents)
		take_console(r);
	if (p[OUT].revents)
		write_out(r);
	if (p[INPUT].revents || (r->wants_input && !r->h->input))
		read_input(r);
	if (p[SIGNALS].revents)
		take_signal(r);
	if (p[PROCESS].revents)
		r->gone = true;
}

static void serve(struct run *r)
{
	r->begin = r->heard = active_ns();
	while (r->exit_status < 0) {
		wait_some(r);
		take_frames(r);
		if (link_flush(&r->h->link))
			r->h->link.nout = 0;
		if (r->exit_status < 0)
			look_for_end(r);
		if (r->exit_status < 0)
			look_at_clock(r);
	}
	say_progress("%s", "");
}

int emulated_host_run(struct emulated_host *h, char *const *argv)
{
	struct run r = { .h = h, .argv = argv, .exit_status = -1 };
	char path[PATH_MAX];
	int ret;

	ret = emulated_rights_choose(h);
	if (ret)
		return emulated_failed(ret);
	emulated_host_path(h, EMULATED_CONSOLE, path);
	r.console_file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	ret = r.console_file < 0 ? -errno : emulated_qemu_spawn(h);
	if (!ret)
		serve(&r);
	else if (ret == -ENOENT)
		say("%s is not installed: \"make deps\" installs QEMU, or "
		    "HOST_QEMU= in SETTINGS names another",
		    h->qemu);
	else
		say("cannot start %s: %s", h->qemu, strerror(-ret));
	emulated_qemu_kill(h);
	close(r.console_file);
	return ret ? EXIT_NOTHING : r.exit_status;
}
