/* SPDX-License-Identifier: GPL-2.0-only */
/* One machine of a session, from its script to its client's connection. */
#ifndef VBENCH_MACHINE_H
#define VBENCH_MACHINE_H

#include "../bench/channel.h"
#include "hostsched.h"
#include "script.h"

enum machine_state {
	MACHINE_NONE, /* not started */
	MACHINE_STARTING,
	MACHINE_UP, /* its client is connected */
	MACHINE_LOST, /* did not come up, or was up and is no more */
};

struct machine {
	u32 id;
	enum machine_state state;
	char why[2048]; /* when lost */
	struct script script; /* start_machine; the client itself on the host */
	char ident[256]; /* what start_machine printed; "" before */
	pid_t pid; /* @ident, where that is one; 0 else */
	int pidfd; /* of it, or of the client on the host; -1 */
	bool ended; /* that process, before its client connected */
	u64 start_ns; /* clock_ns() when start_machine was called */
	u64 connected_ns; /* and when its client connected */
	u32 changes; /* active_changes() at start_ns */
	bool stopped; /* the run was stopped between the two */
	u64 deadline; /* to come up */
	struct channel ch; /* fd -1 unless up */
	struct msg_hello hello;
	struct hostsched sched;
	u32 vcpu_threads; /* of its process, when last looked for */
	bool unpinned; /* --cpus could not be had for each thread */
	bool busy; /* between BEGIN and ENDED */
	bool reachable, ready, done, counted; /* of the current sample */
	struct msg_done result;
	struct msg_counters counters;
};

void machine_init(struct machine *m, u32 id);
void machine_release(struct machine *m);

/* "machine 2", or "the host's client". */
const char *machine_label(const struct machine *m);

#endif
