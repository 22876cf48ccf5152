// SPDX-License-Identifier: GPL-2.0-only
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../bench/clock.h"
#include "active.h"
#include "bringup.h"
#include "hint.h"
#include "image.h"
#include "net.h"
#include "paths.h"
#include "placement.h"
#include "say.h"
#include "state.h"

/* The client collects its facts in it: 50 ms of a CPU that 64 guests may share. */
#define HELLO_LIMIT (30 * NSEC_PER_SEC)
#define PENDING_MAX 128
/* How long a HELLO may still be under way after its process has ended. */
#define DEATH_GRACE (NSEC_PER_SEC / 2)
/* No start_machine starts more processes. */
#define SCRIPT_PIDS 10000
#define TICK (NSEC_PER_SEC / 2)

/* A connection that has not sent HELLO. */
struct pending {
	struct channel ch;
	u64 connected_ns;
	u64 deadline;
	u32 peer;
};

struct bringup {
	struct session *s;
	struct pending *pending[PENDING_MAX];
	u32 npending;
	/* Why the last client was refused, or "". */
	char refused[MSG_TEXT_MAX];
	u32 other[MACHINES_MAX]; /* whose clients are of another version */
	u32 nother;
	bool hopeless;
};

static int root_disk(struct session *s, const struct machine *m)
{
	char from[PATH_MAX + 32], to[PATH_MAX + 64];
	int ret;

	if (!s->backend.needs_disk)
		return 0;
	snprintf(from, sizeof(from), "%s/rootfs/root.ext3", data_dir());
	snprintf(to, sizeof(to), "%s/rootfs/virtbench-root-%u", s->run->path,
		 m->id);
	ret = image_copy(from, to);
	if (ret == -ENOENT)
		say("the guests' root disk %s is missing: make rootfs", from);
	return ret;
}

static void start_machine(struct session *s, struct machine *m)
{
	char label[32], id[16], ip[16], port[16];
	struct script_spec spec = {
		.cwd = s->run->path,
		.label = label,
		.args = { id, ip, port },
		.limit_s = s->set.boot_limit_s,
	};
	const struct cpulist *cpus = cpulists_of(&s->cpus, m->id);
	int ret;

	snprintf(label, sizeof(label), "start_machine-%u", m->id);
	snprintf(id, sizeof(id), "%u", m->id);
	snprintf(port, sizeof(port), "%u", s->port);
	net_text(s->server_ip, ip);
	if (cpus) {
		spec.cpus = cpus->cpu;
		spec.ncpus = cpus->n;
	}
	m->deadline = active_ns() + s->set.boot_limit_s * NSEC_PER_SEC;
	m->state = MACHINE_STARTING;
	ret = root_disk(s, m);
	if (ret) {
		session_lose(s, m, "its root disk cannot be made: %s%s",
			     strerror(-ret), hint_space(ret));
		return;
	}
	m->changes = active_changes();
	m->start_ns = clock_ns();
	ret = backend_spawn(&s->backend, &m->script, "start_machine", &spec);
	if (ret)
		session_lose(s, m, "%s/start_machine cannot be executed: %s%s",
			     s->backend.dir, strerror(-ret), hint_exec(ret));
}

/* The end of "with host" benchmarks that is not in a guest. */
static void start_host(struct session *s)
{
	char path[PATH_MAX + 16], ip[16], port[16];
	struct script_spec spec = {
		.path = path,
		.cwd = s->run->path,
		.label = "host-client",
		.args = { "1000", ip, port, "", ip },
		.limit_s = 1e9,
	};
	int ret;

	snprintf(path, sizeof(path), "%s/virtclient", s->run->path);
	snprintf(port, sizeof(port), "%u", s->port);
	net_text(s->server_ip, ip);
	s->host.deadline = active_ns() + s->set.boot_limit_s * NSEC_PER_SEC;
	s->host.state = MACHINE_STARTING;
	ret = script_spawn(&s->host.script, &spec);
	if (ret)
		session_lose(s, &s->host, "virtclient cannot be executed: %s%s",
			     strerror(-ret), hint_space(ret));
	else
		s->host.pidfd = fcntl(s->host.script.pidfd, F_DUPFD_CLOEXEC, 0);
}

/* What start_machine printed must be one line. */
static bool read_ident(struct machine *m)
{
	FILE *f = fopen(m->script.out, "re");
	char rest[2];
	bool one = false;

	if (f && fgets(m->ident, sizeof(m->ident), f)) {
		one = !fgets(rest, sizeof(rest), f);
		m->ident[strcspn(m->ident, "\n")] = '\0';
	}
	if (f)
		fclose(f);
	return one && m->ident[0];
}

/*
 * An identifier that is a live process's pid is taken for the machine's.  False
 * if there was such a process and is no more: in a new pid namespace, what
 * counts on from the script's own pid is what it started.
 */
static bool watch_process(struct session *s, struct machine *m)
{
	char *end;
	long pid = strtol(m->ident, &end, 10);

	if (*end || pid <= 1)
		return true;
	m->pidfd = syscall(SYS_pidfd_open, (pid_t)pid, 0);
	if (m->pidfd < 0)
		return !s->own_pids || pid <= m->script.first_pid ||
		       pid > m->script.first_pid + SCRIPT_PIDS;
	m->pid = pid;
	return true;
}

static void script_done(struct session *s, struct machine *m)
{
	char why[2048];

	if (!script_verdict(&m->script, why, sizeof(why))) {
		if (m->state != MACHINE_LOST)
			session_lose(s, m, "%s", why);
		return;
	}
	if (!read_ident(m)) {
		session_lose(s, m,
			     "%s/start_machine printed %s; it must print "
			     "one line, the machine's identifier",
			     s->backend.dir,
			     m->ident[0] ? "more than one line" : "nothing");
		return;
	}
	state_write(s);
	if (!watch_process(s, m) && m->state == MACHINE_STARTING)
		session_lose(s, m,
			     "its process (pid %s) ended before its "
			     "client connected",
			     m->ident);
}

/* Where guests send to a network of the user's. */
static const char *network_hint(const struct bringup *b)
{
	if (b->s->private_net || !b->s->backend.needs_disk)
		return "";
	return "; with --ifname, a firewall here or Docker's policy for "
	       "forwarded packets may drop the guests' (nft list ruleset; "
	       "iptables -S FORWARD)";
}

static void check_machine(struct bringup *b, struct machine *m)
{
	struct session *s = b->s;
	struct pollfd dead = { .fd = m->pidfd, .events = POLLIN };
	u64 now = active_ns();

	/* The client may connect before the script has ended. */
	if (m->script.pid && script_ended(&m->script)) {
		if (m == &s->host)
			session_lose(s, m, "virtclient ended by itself");
		else
			script_done(s, m);
	}
	if (m->state != MACHINE_STARTING)
		return;
	if (!m->ended && poll(&dead, 1, 0) > 0) {
		m->ended = true;
		m->deadline = now + DEATH_GRACE;
	}
	if (now < m->deadline)
		return;
	if (m->ended)
		session_lose(s, m,
			     "its process (pid %d) ended before its "
			     "client connected%s%s",
			     m->pid, b->refused[0] ? "; " : "", b->refused);
	else
		session_lose(s, m,
			     "did not come up within %.3g s (BOOT_LIMIT= "
			     "in SETTINGS)%s%s",
			     s->set.boot_limit_s, b->refused[0] ? "; " : "",
			     b->refused[0] ? b->refused : network_hint(b));
}

static void drop(struct bringup *b, u32 i)
{
	free(b->pending[i]);
	b->pending[i] = b->pending[--b->npending];
}

static void refuse(struct bringup *b, struct pending *p, const char *why)
{
	struct msg m;
	char ip[16];

	say_detail("a client from %s was refused: %s", net_text(p->peer, ip),
		   why);
	snprintf(b->refused, sizeof(b->refused), "a client was refused: %s",
		 why);
	msg_text(&m, MSG_REFUSED, why);
	channel_send(p->ch.fd, &m);
	close(p->ch.fd);
}

/* Takes the same time for every wrong token, however much of it is right. */
static bool token_right(const char *a, const char *b)
{
	u8 differ = 0;

	if (strlen(a) != strlen(b))
		return false;
	for (; *a; a++, b++)
		differ |= *a ^ *b;
	return !differ;
}

/*
 * What it says is given to other machines as a target: its own address, its own
 * on virtbench's second network, or, for a process of the host, a loopback one.
 */
static bool address_right(const struct session *s, const struct pending *p,
			  const struct msg_hello *h)
{
	if (h->addr == p->peer || h->addr == (0xc0a80c00u | (h->id + 1)))
		return true;
	return p->peer == s->server_ip && h->addr >> 24 == 127;
}

static struct machine *who(struct bringup *b, const struct pending *p,
			   const struct msg_hello *h, char *why, size_t size)
{
	struct session *s = b->s;
	struct machine *m = NULL;

	if (!s->private_net && !s->opt->insecure &&
	    !token_right(h->token, s->token)) {
		snprintf(why, size,
			 "it does not have the session's token: "
			 "start_machine must pass $VBENCH_TOKEN on to "
			 "virtclient (environment or kernel command line), or "
			 "say --insecure");
		return NULL;
	}
	if (!address_right(s, p, h)) {
		snprintf(why, size,
			 "it claims an address that is not the one "
			 "it connects from");
		return NULL;
	}
	if (h->id < s->nmachines)
		m = &s->machines[h->id];
	else if (h->id == HOST_CLIENT_ID && p->peer == s->server_ip)
		m = &s->host;
	if (!m)
		snprintf(why, size,
			 "it has client id %u, but the machines are 0 to %u",
			 h->id, s->nmachines - 1);
	else if (m->state != MACHINE_STARTING)
		snprintf(why, size, "client id %u %s", h->id,
			 m->state == MACHINE_UP ? "is connected already" :
						  "was given up");
	return m && m->state == MACHINE_STARTING ? m : NULL;
}

static void welcome(struct bringup *b, struct pending *p)
{
	char why[MSG_TEXT_MAX];
	struct msg_hello h;
	struct machine *m;
	struct msg reply;

	if (p->ch.in.type != MSG_HELLO || msg_get_hello(&p->ch.in, &h)) {
		refuse(b, p, "its first message is not HELLO");
		return;
	}
	m = who(b, p, &h, why, sizeof(why));
	if (!m) {
		refuse(b, p, why);
		return;
	}
	m->connected_ns = p->connected_ns;
	m->stopped = active_changes() != m->changes;
	m->hello = h;
	m->state = MACHINE_UP;
	channel_init(&m->ch, p->ch.fd);
	msg_text(&reply, MSG_WELCOME, b->s->backend.name);
	if (channel_send(m->ch.fd, &reply))
		session_lose(b->s, m, "closed the connection");
	else
		say_detail("%s is up after %.1f s%s%s", machine_label(m),
			   (double)(active_ns() - b->s->begin) / NSEC_PER_SEC,
			   h.notes[0] ? ": " : "", h.notes);
}

/* If all awaited machines have another version, none will come. */
static void note_version(struct bringup *b, u32 peer)
{
	u32 awaited = 0;

	for (u32 i = 0; i < b->nother; i++)
		if (b->other[i] == peer)
			return;
	if (b->nother < MACHINES_MAX)
		b->other[b->nother++] = peer;
	for (u32 i = 0; i < b->s->nmachines; i++)
		awaited += b->s->machines[i].state == MACHINE_STARTING;
	b->hopeless = b->s->private_net && b->nother >= awaited;
}

/* True once @p is accepted or refused. */
static bool listen_to(struct bringup *b, struct pending *p)
{
	char why[MSG_TEXT_MAX];
	int ret = channel_poll(&p->ch);

	if (ret == 0 && active_ns() < p->deadline)
		return false;
	if (ret == 1) {
		welcome(b, p);
		return true;
	}
	channel_error(&p->ch, ret ? ret : -ETIMEDOUT, why, sizeof(why));
	refuse(b, p, why);
	if (ret == -EPROTONOSUPPORT)
		note_version(b, p->peer);
	return true;
}

static void drop_oldest(struct bringup *b)
{
	u32 oldest = 0;

	for (u32 i = 1; i < b->npending; i++)
		if (b->pending[i]->deadline < b->pending[oldest]->deadline)
			oldest = i;
	close(b->pending[oldest]->ch.fd);
	drop(b, oldest);
}

static void take_connection(struct bringup *b)
{
	struct sockaddr_in sin;
	socklen_t len = sizeof(sin);
	struct pending *p;
	int fd;

	fd = accept4(b->s->listen_fd, (struct sockaddr *)&sin, &len,
		     SOCK_CLOEXEC);
	if (fd < 0)
		return;
	/* Drop the oldest silent connection. */
	if (b->npending == PENDING_MAX)
		drop_oldest(b);
	p = calloc(1, sizeof(*p));
	if (!p) {
		close(fd);
		return;
	}
	channel_init(&p->ch, fd);
	p->peer = ntohl(sin.sin_addr.s_addr);
	p->connected_ns = clock_ns();
	p->deadline = active_ns() + HELLO_LIMIT;
	b->pending[b->npending++] = p;
}

static bool complete(const struct session *s)
{
	for (u32 i = 0; i < s->nmachines; i++)
		if (s->machines[i].state == MACHINE_STARTING ||
		    s->machines[i].script.pid)
			return false;
	return s->host.state != MACHINE_STARTING;
}

static int wait_some(struct bringup *b)
{
	struct session *s = b->s;
	struct pollfd p[2 + PENDING_MAX + 2 * MACHINES_MAX + 1];
	nfds_t n = 0;
	int ret;

	p[n++] = (struct pollfd){ .fd = s->listen_fd, .events = POLLIN };
	for (u32 i = 0; i < b->npending; i++)
		p[n++] = (struct pollfd){ .fd = b->pending[i]->ch.fd,
					  .events = POLLIN };
	for (u32 i = 0; i < s->nmachines; i++) {
		p[n++] = (struct pollfd){ .fd = s->machines[i].script.pidfd,
					  .events = POLLIN };
		if (s->machines[i].state == MACHINE_STARTING &&
		    !s->machines[i].ended)
			p[n++] = (struct pollfd){ .fd = s->machines[i].pidfd,
						  .events = POLLIN };
	}
	ret = session_poll(s, p, n, active_ns() + TICK);
	if (ret > 0 && p[0].revents)
		take_connection(b);
	return ret;
}

static void step(struct bringup *b)
{
	struct session *s = b->s;

	for (u32 i = 0; i < b->npending;)
		if (listen_to(b, b->pending[i]))
			drop(b, i);
		else
			i++;
	for (u32 i = 0; i < s->nmachines; i++)
		check_machine(b, &s->machines[i]);
	if (s->host.state == MACHINE_STARTING)
		check_machine(b, &s->host);
	say_progress("starting %u machines on %s: %u up, %.0f s", s->nmachines,
		     s->backend.name, session_up(s),
		     (double)(active_ns() - s->begin) / NSEC_PER_SEC);
}

static bool told_to_end(struct session *s)
{
	struct pollfd none[1];

	return session_poll(s, none, 0, 0) == -EINTR;
}

int bringup(struct session *s)
{
	struct bringup b = { .s = s };
	int ret = 0;

	for (u32 i = 0; i < s->nmachines; i++) {
		if (told_to_end(s))
			return -EINTR;
		start_machine(s, &s->machines[i]);
	}
	if (s->want_host)
		start_host(s);
	while (!complete(s) && !b.hopeless) {
		ret = wait_some(&b);
		if (ret == -EINTR)
			break;
		step(&b);
		ret = 0;
	}
	if (b.hopeless)
		for (u32 i = 0; i < s->nmachines; i++)
			if (s->machines[i].state == MACHINE_STARTING)
				session_lose(s, &s->machines[i], "%s",
					     b.refused);
	say_progress("%s", "");
	for (u32 i = 0; i < s->nmachines; i++)
		placement_look(s, &s->machines[i]);
	while (b.npending) {
		close(b.pending[0]->ch.fd);
		drop(&b, 0);
	}
	return ret;
}
