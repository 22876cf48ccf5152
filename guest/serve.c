// SPDX-License-Identifier: GPL-2.0-only
/*
 * Between benchmarks this process listens; during one, a worker has the socket
 * and this process watches over the worker.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "channel.h"
#include "client.h"
#include "clock.h"
#include "cpus.h"
#include "kallsyms.h"
#include "worker.h"

#define CONNECT_LIMIT (60 * NSEC_PER_SEC)
#define WELCOME_LIMIT (60 * NSEC_PER_SEC)
#define PROBE_LIMIT_MS 5000

/* The last line of a worker's stderr is the best available reason. */
struct words {
	char text[MSG_TEXT_MAX];
	size_t len;
};

static void take_words(int fd, struct words *said)
{
	char buf[512];
	ssize_t n = read(fd, buf, sizeof(buf));

	for (ssize_t i = 0; i < n; i++) {
		bool ended = said->len && said->text[said->len - 1] == '\n';

		if (ended)
			said->len = 0;
		if (said->len < sizeof(said->text) - 1)
			said->text[said->len++] = buf[i];
		said->text[said->len] = '\0';
	}
	if (n > 0 && write(STDERR_FILENO, buf, n) < 0)
		return;
}

struct worker {
	pid_t pid;
	int watchdog;
	int errors; /* the worker's stderr */
	bool expired;
	struct words said;
};

static void reap_strays(void)
{
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
}

/* Waits for the worker's end while draining its stderr: the wait status. */
static int watch(struct worker *w)
{
	struct pollfd p[2] = {
		{ .fd = w->errors, .events = POLLIN },
		{ .fd = w->watchdog, .events = POLLIN },
	};
	sigset_t none;
	pid_t pid;
	int status;

	sigemptyset(&none);
	for (;;) {
		pid = waitpid(-1, &status, WNOHANG);
		if (pid == w->pid)
			break;
		if (pid > 0)
			continue;
		/* SIGCHLD is blocked everywhere else, so none is missed. */
		if (ppoll(p, 2, NULL, &none) <= 0)
			continue;
		if (p[0].revents & POLLIN)
			take_words(w->errors, &w->said);
		else if (p[0].revents)
			p[0].fd = -1;
		if (p[1].revents) {
			w->expired = true;
			kill(-w->pid, SIGKILL);
			p[1].fd = -1;
		}
	}
	/* Processes that the benchmark started end with it. */
	kill(-w->pid, SIGKILL);
	p[0].revents = 0;
	while (p[0].fd >= 0 && poll(p, 1, 0) > 0 && (p[0].revents & POLLIN))
		take_words(w->errors, &w->said);
	reap_strays();
	return status;
}

static void on_child(int sig)
{
}

static int start_worker(struct worker *w, int fd, const struct bench_entry *e,
			const struct msg_begin *begin)
{
	int pipefd[2];
	sigset_t none;

	memset(w, 0, sizeof(*w));
	w->watchdog =
		timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (w->watchdog < 0)
		return -errno;
	if (pipe2(pipefd, O_CLOEXEC)) {
		close(w->watchdog);
		return -errno;
	}
	fflush(NULL);
	w->pid = fork();
	if (w->pid == 0) {
		setpgid(0, 0);
		sigemptyset(&none);
		sigprocmask(SIG_SETMASK, &none, NULL);
		signal(SIGCHLD, SIG_DFL);
		dup2(pipefd[1], STDERR_FILENO);
		close(pipefd[0]);
		worker_run(fd, e, begin, w->watchdog);
	}
	close(pipefd[1]);
	w->errors = pipefd[0];
	if (w->pid > 0) {
		setpgid(w->pid, w->pid);
		return 0;
	}
	close(w->watchdog);
	close(w->errors);
	return -EAGAIN;
}

/* The reason why the worker failed, or NULL. */
static const char *verdict(struct worker *w, int status, char *why, size_t size)
{
	char *line = w->said.text;

	line[strcspn(line, "\n")] = '\0';
	if (w->expired)
		snprintf(why, size,
			 "took too long in the guest and was killed");
	else if (WIFSIGNALED(status))
		snprintf(why, size, "died of signal %d (%s)%s%s",
			 WTERMSIG(status), strsignal(WTERMSIG(status)),
			 *line ? ": " : "", line);
	else if (WEXITSTATUS(status))
		snprintf(why, size, "exited with status %d%s%s",
			 WEXITSTATUS(status), *line ? ": " : "", line);
	else
		return NULL;
	return why;
}

static int send_text(int fd, enum msg_type type, const char *text)
{
	struct msg m;

	msg_text(&m, type, text);
	return channel_send(fd, &m);
}

static int run_benchmark(struct channel *ch)
{
	struct msg_begin begin;
	const struct bench_entry *e;
	char why[2 * MSG_TEXT_MAX];
	const char *bad = NULL;
	struct worker w;
	struct msg m;
	int ret;

	if (msg_get_begin(&ch->in, &begin))
		return -EPROTO;
	e = registry_find(begin.name);
	if (!e) {
		snprintf(why, sizeof(why),
			 "the guest's virtclient does not "
			 "know %s: rebuild the guest image (make rootfs)",
			 begin.name);
		bad = why;
	} else if (start_worker(&w, ch->fd, e, &begin)) {
		bad = "the guest cannot start a process";
	} else {
		bad = verdict(&w, watch(&w), why, sizeof(why));
		close(w.watchdog);
		close(w.errors);
	}
	ret = bad ? send_text(ch->fd, MSG_FAIL, bad) : 0;
	msg_empty(&m, MSG_ENDED);
	return ret ? ret : channel_send(ch->fd, &m);
}

/* Asks in a separate process, because should_not_run() may crash. */
static const char *ask(const struct bench_entry *e, char *why, size_t size)
{
	int pipefd[2], status;
	const char *reason;
	struct pollfd p;
	ssize_t n = 0;
	pid_t pid;

	if (!e->bench->should_not_run)
		return "";
	if (pipe2(pipefd, O_CLOEXEC))
		return "the guest cannot make a pipe";
	pid = fork();
	if (pid == 0) {
		reason = worker_should_not_run(e->bench);
		if (reason && write(pipefd[1], reason, strlen(reason)) < 0)
			_exit(EXIT_FAILURE);
		_exit(EXIT_SUCCESS);
	}
	close(pipefd[1]);
	p = (struct pollfd){ .fd = pipefd[0], .events = POLLIN };
	if (poll(&p, 1, PROBE_LIMIT_MS) > 0)
		n = read(pipefd[0], why, size - 1);
	why[n > 0 ? n : 0] = '\0';
	close(pipefd[0]);
	if (pid < 0)
		return "the guest cannot start a process";
	kill(pid, SIGKILL);
	if (waitpid(pid, &status, 0) != pid || !p.revents)
		return "the check whether it can run does not end";
	if (n <= 0 && (!WIFEXITED(status) || WEXITSTATUS(status)))
		return "the check whether it can run failed";
	return why;
}

static int probe(struct channel *ch)
{
	char name[BENCH_NAME_MAX], why[MSG_TEXT_MAX];
	const struct bench_entry *e;
	const char *reason;

	if (msg_get_text(&ch->in, name, sizeof(name)))
		return -EPROTO;
	e = registry_find(name);
	if (!e) {
		reason = "not in the guest's virtclient (make rootfs)";
	} else {
		reason = cpus_too_few(e->bench, why, sizeof(why));
		if (!reason)
			reason = ask(e, why, sizeof(why));
	}
	return send_text(ch->fd, MSG_PROBED, reason);
}

/* Only root sees the addresses in the kernel's table. */
static int symbols(struct channel *ch)
{
	struct msg_symbols s;
	struct msg m;

	if (msg_get_symbols(&ch->in, &s))
		return -EPROTO;
	kallsyms_fill(&s);
	msg_put_symbols(&m, &s);
	return channel_send(ch->fd, &m);
}

static int try_connect(const struct client_args *a)
{
	struct sockaddr_in sin = {
		.sin_family = AF_INET,
		.sin_port = htons(a->port),
		.sin_addr.s_addr = htonl(a->server),
	};
	int fd, err;

	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (!connect(fd, (struct sockaddr *)&sin, sizeof(sin)))
		return fd;
	err = errno;
	close(fd);
	return -err;
}

static int greet(struct channel *ch, struct msg_hello *h)
{
	char why[MSG_TEXT_MAX];
	struct msg m;
	int ret;

	msg_put_hello(&m, h);
	ret = channel_send(ch->fd, &m);
	if (!ret)
		ret = channel_recv(ch, clock_ns() + WELCOME_LIMIT);
	if (ret)
		return ret;
	if (ch->in.type == MSG_WELCOME) {
		if (!msg_get_text(&ch->in, why, sizeof(why)))
			setenv(ENV_BACKEND, why, 1);
		return 0;
	}
	if (ch->in.type != MSG_REFUSED ||
	    msg_get_text(&ch->in, why, sizeof(why)))
		snprintf(why, sizeof(why), "no reason given");
	fprintf(stderr, "virtclient: refused by the server: %s\n", why);
	return -EACCES;
}

static enum boot_origin origin_of(const char *init_ns)
{
	if (getenv(ENV_TEMPLATE))
		return BOOT_COPY;
	return init_ns ? BOOT_KERNEL : BOOT_PROCESS;
}

static void fill_hello(struct msg_hello *h, const struct client_args *a)
{
	const char *token = getenv(ENV_TOKEN), *notes = getenv("VBENCH_NOTES");
	const char *init_ns = getenv(ENV_INIT_NS);

	facts_collect(h);
	h->id = a->id;
	h->addr = a->peer_addr;
	h->init_ns = init_ns ? strtoull(init_ns, NULL, 10) : 0;
	h->origin = origin_of(init_ns);
	snprintf(h->token, sizeof(h->token), "%s", token ? token : "");
	snprintf(h->notes, sizeof(h->notes), "%s", notes ? notes : "");
}

/*
 * Until the server welcomes it: it may not listen yet, or be short of places for
 * new connections.  The start of a machine ends when it has connected (group boot), so
 * it collects its facts, which takes time, after that.
 */
static int join(struct channel *ch, const struct client_args *a)
{
	struct timespec pause = { .tv_nsec = 50 * 1000 * 1000 };
	u64 end = clock_ns() + CONNECT_LIMIT;
	struct msg_hello h = { 0 };
	char why[MSG_TEXT_MAX];
	bool known = false;
	int fd, ret;

	do {
		fd = ret = try_connect(a);
		if (fd >= 0) {
			h.connected_ns = clock_ns();
			if (!known)
				fill_hello(&h, a);
			known = true;
			channel_init(ch, fd);
			ret = greet(ch, &h);
			if (!ret || ret == -EACCES)
				return ret;
			close(fd);
		}
		nanosleep(&pause, NULL);
	} while (clock_ns() < end);
	fprintf(stderr,
		"virtclient: cannot join the server at %u.%u.%u.%u port "
		"%u: it %s\n",
		a->server >> 24, a->server >> 16 & 0xff, a->server >> 8 & 0xff,
		a->server & 0xff, a->port,
		channel_error(ch, ret, why, sizeof(why)));
	return -EACCES;
}

static int listen_and_do(struct channel *ch)
{
	int ret;

	for (;;) {
		ret = channel_recv(ch, NO_DEADLINE);
		if (ret == -EINTR)
			continue;
		if (ret)
			return ret;
		switch (ch->in.type) {
		case MSG_PROBE:
			ret = probe(ch);
			break;
		case MSG_SYMBOLS:
			ret = symbols(ch);
			break;
		case MSG_BEGIN:
			ret = run_benchmark(ch);
			break;
		case MSG_SHUTDOWN:
			return 0;
		default:
			/* Was on its way when a worker ended. */
			break;
		}
		if (ret)
			return ret;
	}
}

int client_serve(const struct client_args *a)
{
	struct sigaction sa = { .sa_handler = on_child };
	static struct channel ch;
	char why[MSG_TEXT_MAX];
	sigset_t child;
	int ret;

	sigaction(SIGCHLD, &sa, NULL);
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, NULL);
	if (join(&ch, a))
		return 1;
	ret = listen_and_do(&ch);
	/* If a session is killed, its server closes the connection without a message. */
	if (ret && ret != -ECONNRESET)
		fprintf(stderr, "virtclient: the server %s\n",
			channel_error(&ch, ret, why, sizeof(why)));
	close(ch.fd);
	return ret != 0;
}
