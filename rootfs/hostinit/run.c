// SPDX-License-Identifier: GPL-2.0-only
/* Passes output, input and signals between the link and the command. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../../guest/init.h"
#include "command.h"
#include "hostinit.h"

/* With this much queued for the link, the command has to wait. */
#define QUEUE_MAX (256 * 1024)
#define CHUNK 4096
/* After the command's end, its children may hold its output open: the wait ends after
 * this much silence, or after this much time if they go on printing. */
#define DRAIN_MS 200
#define DRAIN_MAX_S 10

struct run {
	struct link *l;
	struct command c;
	char input[LINK_FRAME_MAX];
	size_t ninput;
	bool input_ended, input_asked;
	bool ended;
	int status;
};

static void reap(struct run *r)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid != r->c.pid)
			continue;
		r->ended = true;
		r->status = WIFEXITED(status) ? WEXITSTATUS(status) :
						128 + WTERMSIG(status);
	}
}

static void take_output(struct run *r, int n)
{
	char buf[CHUNK];
	ssize_t len = read(r->c.out[n], buf, sizeof(buf));

	if (len > 0) {
		link_put(r->l, n == 1 ? LINK_OUTPUT : LINK_ERROR, buf, len);
		return;
	}
	if (len < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	/* EIO: no process has the terminal open any more. */
	close(r->c.out[n]);
	r->c.out[n] = -1;
}

static void close_input(struct run *r)
{
	close(r->c.in);
	r->c.in = -1;
	r->ninput = 0;
}

static void give_input(struct run *r)
{
	ssize_t n = write(r->c.in, r->input, r->ninput);

	if (n < 0 && errno != EAGAIN && errno != EINTR) {
		close_input(r);
		return;
	}
	if (n > 0) {
		r->ninput -= n;
		memmove(r->input, r->input + n, r->ninput);
	}
}

static void take_frame(struct run *r, const struct frame *f)
{
	if (f->type == LINK_SIGNAL && f->len == 1 && !r->ended)
		kill(-r->c.pid, (unsigned char)f->data[0]);
	if (f->type != LINK_INPUT)
		return;
	r->input_asked = false;
	r->input_ended = !f->len;
	memcpy(r->input, f->data, f->len);
	r->ninput = f->len;
}

static void listen_to_link(struct run *r)
{
	struct frame f;

	if (link_fill(r->l))
		init_power_off();
	while (link_next(r->l, &f) == 1)
		take_frame(r, &f);
}

static void ask_for_input(struct run *r)
{
	if (r->c.in < 0 || r->ninput || r->input_asked)
		return;
	if (r->input_ended) {
		close_input(r);
		return;
	}
	link_put(r->l, LINK_WANT_INPUT, NULL, 0);
	r->input_asked = true;
}

static void wait_some(struct run *r, int ms)
{
	bool room = r->l->nout < QUEUE_MAX;
	struct pollfd p[] = {
		{ r->l->fd, POLLIN | (r->l->nout ? POLLOUT : 0), 0 },
		{ room ? r->c.out[1] : -1, POLLIN, 0 },
		{ room ? r->c.out[2] : -1, POLLIN, 0 },
		{ r->ninput ? r->c.in : -1, POLLOUT, 0 },
	};
	struct timespec ts = { ms / 1000, ms % 1000 * 1000000L };
	sigset_t none;

	sigemptyset(&none);
	if (ppoll(p, 4, &ts, &none) <= 0)
		return;
	if (p[0].revents & (POLLIN | POLLHUP))
		listen_to_link(r);
	for (int n = 1; n <= 2; n++)
		if (p[n].revents)
			take_output(r, n);
	if (p[3].revents)
		give_input(r);
}

/* The command may set the clock of the machine. */
static time_t uptime(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec;
}

static void serve(struct run *r)
{
	time_t said = 0, now;

	while (!r->ended) {
		now = uptime();
		if (!said || now - said >= LINK_ALIVE_S) {
			link_put(r->l, LINK_ALIVE, NULL, 0);
			said = now;
		}
		ask_for_input(r);
		link_flush(r->l);
		wait_some(r, LINK_ALIVE_S * 1000);
		reap(r);
	}
}

static bool more_output(struct run *r)
{
	struct pollfd p[] = { { r->c.out[1], POLLIN, 0 },
			      { r->c.out[2], POLLIN, 0 } };

	if (poll(p, 2, DRAIN_MS) <= 0)
		return false;
	for (int n = 1; n <= 2; n++)
		if (p[n - 1].revents)
			take_output(r, n);
	return r->c.out[1] >= 0 || r->c.out[2] >= 0;
}

/* Waits until the other end has received everything. */
static void flush_all(struct link *l)
{
	struct pollfd p = { .fd = l->fd, .events = POLLOUT };

	while (l->nout && !link_flush(l))
		if (l->nout)
			poll(&p, 1, 1000);
}

static void drain(struct run *r)
{
	unsigned char status = r->status;
	time_t end = uptime() + DRAIN_MAX_S;

	while (more_output(r) && uptime() < end)
		flush_all(r->l);
	/* Its files in the outer machine's folders must be written before. */
	sync();
	link_put(r->l, LINK_EXIT, &status, 1);
	flush_all(r->l);
}

static void receive(struct run *r)
{
	struct pollfd p = { .fd = r->l->fd, .events = POLLIN };
	struct frame f;
	int ret = 0;

	flush_all(r->l);
	while (ret != 1) {
		ret = link_next(r->l, &f);
		if (ret == 1)
			ret = command_take(&r->c, &f);
		else if (!ret) {
			poll(&p, 1, -1);
			ret = link_fill(r->l);
		}
		if (ret < 0)
			die("a message from vbench is invalid: %s",
			    strerror(-ret));
	}
}

/* That ppoll(2) returns when a child ends. */
static void wake(int sig)
{
}

void command_run(struct link *l)
{
	static struct run r;
	const char *what;
	char text[512];
	sigset_t child;
	int ret;

	r.l = l;
	receive(&r);
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, NULL);
	signal(SIGCHLD, wake);
	signal(SIGPIPE, SIG_IGN);
	ret = command_spawn(&r.c, &what);
	if (ret) {
		snprintf(text, sizeof(text), "%s: %s", what, strerror(-ret));
		link_put_text(l, LINK_FAILED, text);
		flush_all(l);
		sleep(LINK_ALIVE_S);
		return;
	}
	serve(&r);
	drain(&r);
	/* vbench ends the machine: powering off takes longer. */
	sleep(LINK_ALIVE_S);
}
