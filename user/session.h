/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A session owns everything that must be undone: the machines, the backend
 * that started them, its network and its files.  session_close() undoes it in
 * reverse, however far session_open() came.
 */
#ifndef VBENCH_SESSION_H
#define VBENCH_SESSION_H

#include <poll.h>

#include "backend.h"
#include "cpulist.h"
#include "loopback.h"
#include "machine.h"
#include "available.h"
#include "options.h"
#include "rundir.h"
#include "settings.h"

struct session {
	const struct options *opt;
	struct backend backend;
	struct rundir *run;
	struct settings set;
	struct available memory; /* at the beginning */
	unsigned long long kills; /* the last available_kills() */
	char token[TOKEN_MAX];
	u64 begin; /* clock_ns() at session_open() */
	bool private_net;
	u32 server_ip;
	u16 port;
	int listen_fd;
	struct loopback loopback;
	int signals; /* signalfd; readable once the session must end */
	int exit_status; /* why the session must end, or 0 */
	bool started; /* the start script ran */
	bool not_here; /* ... and says that it cannot run here */
	bool own_pids; /* the session has a pid namespace, which ends with it */
	struct machine *machines;
	u32 nmachines;
	struct machine host; /* the host's own client */
	bool want_host;
	unsigned int others; /* runs of vbench that had begun before */
	struct trace *trace; /* NULL: exits are not attributed */
	struct kernel_debug *debug; /* NULL: no lines of the guests' kernel */
	struct cpulists cpus;
};

/*
 * Runs start, then start_machine for all machines, and waits for the clients: 0
 * when at least one machine is up, else the exit status, with the cause said.
 */
int session_open(struct session *s);
void session_close(struct session *s);

u32 session_up(const struct session *s);

/*
 * poll(2) that returns once the session must end: -EINTR then and ever after,
 * else the number of ready descriptors, 0 at the deadline (clock_ns()).
 * @p has room for one more entry than @n.
 */
int session_poll(struct session *s, struct pollfd *p, nfds_t n, u64 deadline);

/* Takes a machine out of the session, and prints why and the end of its log. */
void session_lose(struct session *s, struct machine *m, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Stops the machines of a killed run without namespaces: rundir_sweep()'s @undo. */
void session_undo(const char *rundir);

#endif
