// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "machine.h"

void machine_init(struct machine *m, u32 id)
{
	memset(m, 0, sizeof(*m));
	m->id = id;
	m->pidfd = -1;
	m->script.pidfd = -1;
	m->ch.fd = -1;
	hostsched_init(&m->sched);
}

void machine_release(struct machine *m)
{
	if (m->ch.fd >= 0)
		close(m->ch.fd);
	if (m->pidfd >= 0)
		close(m->pidfd);
	m->ch.fd = -1;
	m->pidfd = -1;
	hostsched_close(&m->sched);
}

const char *machine_label(const struct machine *m)
{
	static char name[32];

	if (m->id == HOST_CLIENT_ID)
		return "the host's client";
	snprintf(name, sizeof(name), "machine %u", m->id);
	return name;
}
