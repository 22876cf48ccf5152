// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../bench/clock.h"
#include "active.h"
#include "bringup.h"
#include "cpulist.h"
#include "exit.h"
#include "hint.h"
#include "net.h"
#include "paths.h"
#include "procend.h"
#include "say.h"
#include "session.h"
#include "state.h"
#include "tail.h"
#include "trace-kernel.h"
#include "trace-pass.h"
#include "trace.h"
#include "tsc.h"

#define WHY 2048
/* A panic with its call trace. */
#define LOG_LINES 24
#define TICK (NSEC_PER_SEC / 2)

int session_poll(struct session *s, struct pollfd *p, nfds_t n, u64 deadline)
{
	struct signalfd_siginfo si;
	u64 now = active_ns();
	int ms = deadline == NO_DEADLINE ? -1 :
		 deadline <= now	 ? 0 :
					   (int)((deadline - now) / 1000000) + 1;
	int ret;

	if (s->exit_status)
		return -EINTR;
	p[n] = (struct pollfd){ .fd = s->signals, .events = POLLIN };
	ret = poll(p, n + 1, ms);
	if (ret < 0)
		return errno == EINTR ? 0 : -errno;
	if (!p[n].revents)
		return ret;
	if (read(s->signals, &si, sizeof(si)) != sizeof(si))
		return ret - 1;
	s->exit_status = si.ssi_signo == SIGALRM ? EXIT_TIME_LIMIT :
						   EXIT_INTERRUPTED;
	say(si.ssi_signo == SIGALRM ? "the time is up (--timeout): ending" :
				      "interrupted: ending");
	return -EINTR;
}

u32 session_up(const struct session *s)
{
	u32 n = 0;

	for (u32 i = 0; i < s->nmachines; i++)
		n += s->machines[i].state == MACHINE_UP;
	return n;
}

/* The console of a killed guest says "terminating", or nothing at all. */
static void say_kills(struct session *s)
{
	unsigned long long kills = available_kills(&s->memory);

	if (kills <= s->kills)
		return;
	say("for want of memory, the kernel killed %llu %s since the last look "
	    "(%s): use a smaller MEM= or fewer --machines=, or allow more",
	    kills - s->kills, kills - s->kills == 1 ? "process" : "processes",
	    s->memory.events[0] ? s->memory.events : "/proc/vmstat");
	s->kills = kills;
}

void session_lose(struct session *s, struct machine *m, const char *fmt, ...)
{
	char path[PATH_MAX + 16], log[4096], end[64];
	va_list ap;

	m->state = MACHINE_LOST;
	va_start(ap, fmt);
	vsnprintf(m->why, sizeof(m->why), fmt, ap);
	va_end(ap);
	if (m->ch.fd >= 0)
		close(m->ch.fd);
	m->ch.fd = -1;
	m->busy = false;
	say("%s is lost: %s", machine_label(m), m->why);
	if (m->pid > 0 && procend_text(m->pid, end, sizeof(end))[0])
		say("its process %d has ended%s", m->pid, end);
	snprintf(path, sizeof(path), "%s-%u", s->set.logfiles, m->id);
	if (tail_of_file(path, LOG_LINES, log, sizeof(log)))
		say("the end of its console (%s):\n%s", path, log);
	say_kills(s);
	/* If the script failed, @why has its output already. */
	if (script_succeeded(&m->script) &&
	    tail_of_file(m->script.err, LOG_LINES, log, sizeof(log)))
		say("%s said, when it started that machine:\n%s",
		    m->script.name, log);
}

static int watch_signals(struct session *s)
{
	sigset_t set;

	/* The supervisor passes on all other signals that end a run as SIGTERM. */
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGALRM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	s->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return s->signals < 0 ? -errno : 0;
}

static int make_token(struct session *s)
{
	u8 bytes[16];

	if (getrandom(bytes, sizeof(bytes), 0) != sizeof(bytes))
		return -errno;
	for (size_t i = 0; i < sizeof(bytes); i++)
		sprintf(s->token + 2 * i, "%02x", bytes[i]);
	return 0;
}

static int private_network(struct session *s)
{
	int ret = net_private();

	s->server_ip = NET_SERVER;
	if (!ret)
		return 0;
	if (ret != -EOPNOTSUPP) {
		say("cannot set up the private network: %s%s", strerror(-ret),
		    hint_namespaces(ret, HINT_APPARMOR));
		return ret;
	}
	/* The loopback interface is enough for machines that are processes. */
	say_detail("this kernel has no bridge (modprobe bridge): the machines "
		   "have the loopback interface only");
	s->server_ip = 0x7f000001;
	setenv("VBENCH_BRIDGE", "", 1);
	return 0;
}

static void reserve_loopback(struct session *s)
{
	u32 net;
	char text[16];

	loopback_reserve(&s->loopback, s->private_net);
	net = s->loopback.net;
	snprintf(text, sizeof(text), "%u.%u.%u", net >> 16, net >> 8 & 0xff,
		 net & 0xff);
	setenv("VBENCH_LOOPBACK", text, 1);
}

static int network(struct session *s)
{
	char text[16];
	int ret;

	if (s->private_net) {
		setenv("VBENCH_BRIDGE", NET_BRIDGE, 1);
		ret = private_network(s);
	} else {
		setenv("VBENCH_BRIDGE", "", 1);
		ret = net_address(s->opt->ifname, &s->server_ip);
		if (ret)
			say("--ifname=%s: %s (\"ip address\" shows the "
			    "interfaces with an IPv4 address)",
			    s->opt->ifname, strerror(-ret));
	}
	if (ret)
		return ret;
	reserve_loopback(s);
	s->listen_fd = net_listen(s->server_ip, &s->port);
	if (s->listen_fd < 0) {
		say("cannot listen on %s: %s", net_text(s->server_ip, text),
		    strerror(-s->listen_fd));
		return s->listen_fd;
	}
	say_detail("listening on %s port %u", net_text(s->server_ip, text),
		   s->port);
	return 0;
}

static int write_settings(const struct session *s)
{
	char path[PATH_MAX];
	int ret;
	FILE *f;

	if (snprintf(path, sizeof(path), "%s/SETTINGS", s->run->path) >=
	    (int)sizeof(path))
		return -ENAMETOOLONG;
	f = fopen(path, "we");
	if (!f)
		return -errno;
	fputs("# Made by vbench for the scripts of one run.\n"
	      ". \"$VBENCH_DIR/SETTINGS\"\n",
	      f);
	settings_write(&s->set, f);
	/* An earlier write may have failed on a full disk. */
	ret = ferror(f) ? -ENOSPC : 0;
	return fclose(f) ? -errno : ret;
}

static int furnish(struct session *s, const char *data)
{
	char path[PATH_MAX], target[PATH_MAX];
	int ret = 0;

	snprintf(path, sizeof(path), "%.4000s/rootfs", s->run->path);
	if (mkdir(path, 0700))
		ret = -errno;
	snprintf(path, sizeof(path), "%.4000s/virtclient", s->run->path);
	snprintf(target, sizeof(target), "%.4000s/virtclient", data);
	if (!ret && access(target, X_OK)) {
		say("%s is missing: build it (make)", target);
		return -ENOENT;
	}
	if (!ret && symlink(target, path))
		ret = -errno;
	if (ret)
		say("cannot prepare %s: %s%s", s->run->path, strerror(-ret),
		    hint_space(ret));
	return ret;
}

static void export_environment(struct session *s, const char *data)
{
	char n[32];

	available_read(&s->memory, "");
	s->kills = available_kills(&s->memory);
	snprintf(n, sizeof(n), "%llu", s->memory.mib);
	setenv("VBENCH_MEMORY", n, 1);
	setenv("VBENCH_MEMORY_LIMIT", s->memory.limit, 1);
	snprintf(n, sizeof(n), "%llu", (unsigned long long)tsc_khz());
	setenv("VBENCH_TSC_KHZ", n, 1);

	setenv("VBENCH_DIR", data, 1);
	setenv("VBENCH_RUN", s->run->path, 1);
	setenv("VBENCH_BACKEND_DIR", s->backend.dir, 1);
	setenv("VBENCH_TOKEN", s->token, 1);
	setenv("VBENCH_IFNAME", s->opt->ifname ? s->opt->ifname : "", 1);
	snprintf(n, sizeof(n), "%u", s->nmachines);
	setenv("VBENCH_MACHINES", n, 1);
	setenv("VBENCH_VERBOSE", s->opt->verbose ? "1" : "", 1);
}

/* Shows the warnings of a script that succeeded. */
static void pass_on(const struct session *s, const struct script *script)
{
	char text[WHY];

	if (tail_of_file(script->err, LOG_LINES, text, sizeof(text)))
		say("backend %s: %s says:\n%s", s->backend.name, script->name,
		    text);
}

static bool spawn_script(struct session *s, struct script *script,
			 const char *name, double limit_s, bool cleans_up)
{
	struct script_spec spec = {
		.cwd = s->run->path,
		.label = name,
		.limit_s = limit_s,
		.cleans_up = cleans_up,
	};
	int ret = backend_spawn(&s->backend, script, name, &spec);

	if (ret)
		say("%s/%s cannot be executed: %s%s", s->backend.dir, name,
		    strerror(-ret), hint_exec(ret));
	return !ret;
}

static void explain_start(struct session *s, struct script *script)
{
	bool skip = script_exited_with(script, EXIT_NOTHING);
	char why[WHY];

	if (s->exit_status)
		return;
	s->not_here = skip;
	if (!skip) {
		script_verdict(script, why, sizeof(why));
		say("backend %s: %s", s->backend.name, why);
	} else if (tail_of_file(script->err, LOG_LINES, why, WHY)) {
		say("%s cannot run here:\n%s", s->backend.name, why);
	} else {
		say("%s cannot run here, says the exit status 4 of %s/start, "
		    "which does not say why",
		    s->backend.name, s->backend.dir);
	}
}

/* The script may boot a machine, so the limit includes a machine's boot. */
static bool run_start(struct session *s)
{
	struct script script;
	struct pollfd p[2];
	char why[WHY];

	if (!spawn_script(s, &script, "start",
			  s->set.script_limit_s + s->set.boot_limit_s, false))
		return false;
	while (!script_ended(&script)) {
		p[0] = (struct pollfd){ .fd = script.pidfd, .events = POLLIN };
		if (session_poll(s, p, 1, active_ns() + TICK) == -EINTR)
			script_kill(&script);
		say_progress("preparing %s: %.0f s", s->backend.name,
			     (double)(active_ns() - s->begin) / NSEC_PER_SEC);
	}
	if (!s->exit_status && script_verdict(&script, why, sizeof(why))) {
		pass_on(s, &script);
		return true;
	}
	explain_start(s, &script);
	return false;
}

/* The script cleans up, so no signal ends it early. */
static void run_stop(struct session *s)
{
	struct script script;
	char why[WHY];

	if (!spawn_script(s, &script, "stop", s->set.script_limit_s, true))
		return;
	script_wait(&script);
	if (!script_verdict(&script, why, sizeof(why)))
		say("backend %s: %s", s->backend.name, why);
}

static int prepare(struct session *s)
{
	const char *data = data_dir();
	char why[WHY];
	int ret;

	if (!data)
		return -ENOENT;
	ret = watch_signals(s);
	if (!ret)
		ret = make_token(s);
	if (ret) {
		say("cannot prepare the session: %s", strerror(-ret));
		return ret;
	}
	export_environment(s, data);
	ret = furnish(s, data);
	if (ret)
		return ret;
	ret = settings_read(&s->set, why, sizeof(why));
	if (ret) {
		say("%s", why);
		return ret;
	}
	ret = write_settings(s);
	if (ret) {
		say("cannot prepare %s: %s%s", s->run->path, strerror(-ret),
		    hint_space(ret));
		return ret;
	}
	if (!procfs_is_ours())
		say("/proc belongs to another pid namespace (mounting a new "
		    "one failed): the time that machines waited for a host "
		    "CPU is unknown, and no sample is tagged host-delay");
	ret = trace_pass_open(s);
	return ret ? ret : network(s);
}

static int make_machines(struct session *s)
{
	char why[WHY];
	int ret;

	s->machines = calloc(s->nmachines, sizeof(*s->machines));
	if (!s->machines)
		return -ENOMEM;
	for (u32 i = 0; i < s->nmachines; i++)
		machine_init(&s->machines[i], i);
	if (!s->opt->cpus)
		return 0;
	ret = cpulists_parse(&s->cpus, s->opt->cpus, s->nmachines, why,
			     sizeof(why));
	if (ret)
		say("%s", why);
	return ret;
}

int session_open(struct session *s)
{
	int ret;

	s->begin = active_ns();
	s->listen_fd = -1;
	loopback_init(&s->loopback);
	s->signals = -1;
	machine_init(&s->host, HOST_CLIENT_ID);
	ret = make_machines(s);
	if (ret)
		return ret == -EINVAL ? EXIT_USAGE : EXIT_FAILED;
	if (prepare(s))
		return EXIT_NOTHING;
	state_write(s);
	s->started = true;
	if (!run_start(s))
		return s->exit_status ? s->exit_status :
		       s->not_here    ? EXIT_NOT_HERE :
					EXIT_NOTHING;
	if (bringup(s))
		return s->exit_status ? s->exit_status : EXIT_FAILED;
	if (session_up(s))
		return 0;
	say("no machine came up: nothing could run");
	return EXIT_NOTHING;
}

/* Asks the clients to end, so that guests power off by themselves. */
static void shut_down(struct machine *m)
{
	struct msg bye;

	msg_empty(&bye, MSG_SHUTDOWN);
	if (m->ch.fd >= 0)
		channel_send(m->ch.fd, &bye);
}

static void begin_stop(struct session *s, struct machine *m)
{
	char label[32];
	struct script_spec spec = {
		.cwd = s->run->path,
		.label = label,
		.args = { m->ident },
		.limit_s = s->set.script_limit_s,
		.cleans_up = true,
	};
	int ret = 0;

	snprintf(label, sizeof(label), "stop_machine-%u", m->id);
	script_kill(&m->script);
	if (m->ident[0])
		ret = backend_spawn(&s->backend, &m->script, "stop_machine",
				    &spec);
	if (ret)
		say("%s/stop_machine %s cannot be executed: %s%s",
		    s->backend.dir, m->ident, strerror(-ret), hint_exec(ret));
}

static void end_stop(struct session *s, struct machine *m)
{
	char why[WHY];

	if (m->ident[0] && m->script.pid) {
		script_wait(&m->script);
		if (!script_verdict(&m->script, why, sizeof(why)))
			say("backend %s: %s", s->backend.name, why);
	}
	machine_release(m);
}

void session_close(struct session *s)
{
	u32 n = s->machines ? s->nmachines : 0;

	for (u32 i = 0; i < n; i++)
		shut_down(&s->machines[i]);
	shut_down(&s->host);
	for (u32 i = 0; i < n; i++)
		begin_stop(s, &s->machines[i]);
	for (u32 i = 0; i < n; i++)
		end_stop(s, &s->machines[i]);
	script_kill(&s->host.script);
	machine_release(&s->host);
	if (s->started)
		run_stop(s);
	trace_close(s->trace);
	kernel_debug_close(s->debug);
	if (s->listen_fd >= 0)
		close(s->listen_fd);
	loopback_release(&s->loopback);
	if (s->signals >= 0)
		close(s->signals);
	free(s->machines);
	cpulists_free(&s->cpus);
	s->machines = NULL;
}
