// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../bench/cpus.h"
#include "placement.h"
#include "say.h"

/*
 * vCPU N has the Nth CPU of the list, alone if there are enough.  What the VMM does
 * beside the vCPUs has the CPUs that they leave, or, if they leave none, all.
 */
static int placement_pin(const struct procfs_thread *t, u32 vcpus,
			 const struct cpulist *l)
{
	u32 from = vcpus < l->n ? vcpus : 0;

	if (t->vcpu >= 0)
		return cpus_bind(t->tid, &l->cpu[t->vcpu % l->n], 1);
	return cpus_bind(t->tid, l->cpu + from, l->n - from);
}

static void placement_pin_all(struct machine *m, const struct procfs_thread *t,
			      size_t n, const struct cpulist *l)
{
	int ret = 0, err;

	for (size_t i = 0; i < n; i++) {
		err = placement_pin(&t[i], m->vcpu_threads, l);
		/* A thread may have ended since it was listed. */
		if (err && err != -ESRCH)
			ret = err;
	}
	if (ret && !m->unpinned)
		say("%s: its threads cannot be pinned one each: %s",
		    machine_label(m), strerror(-ret));
	m->unpinned |= ret != 0;
}

void placement_look(struct session *s, struct machine *m)
{
	const struct cpulist *l = cpulists_of(&s->cpus, m->id);
	struct procfs_thread *t;
	size_t n;

	if (!m->pid)
		return;
	n = procfs_threads(m->pid, &t);
	m->vcpu_threads = 0;
	for (size_t i = 0; i < n; i++)
		m->vcpu_threads += t[i].vcpu >= 0;
	hostsched_open(&m->sched, t, n);
	/* A process without vCPUs chooses among its CPUs by itself. */
	if (l && m->vcpu_threads)
		placement_pin_all(m, t, n, l);
	free(t);
}

const char *placement_too_few(const struct session *s, const struct machine *m,
			      const struct benchmark *bench, char *why,
			      size_t size)
{
	const struct cpulist *l = cpulists_of(&s->cpus, m->id);

	if (!l || bench->vcpus <= l->n)
		return NULL;
	snprintf(why, size,
		 "needs %u CPUs in one machine, and --cpus pins %s to %u "
		 "(--cpus=0-1:2-3 gives two to each machine)",
		 bench->vcpus, machine_label(m), l->n);
	return why;
}

const char *placement_text(const struct session *s, const struct machine *m,
			   char *buf, size_t size)
{
	const struct cpulist *l = cpulists_of(&s->cpus, m->id);
	u32 n = m->vcpu_threads;
	char own[160], rest[160];

	buf[0] = '\0';
	if (!l)
		return buf;
	cpulist_text(l->cpu, l->n, rest, sizeof(rest));
	if (!n || m->unpinned)
		snprintf(buf, size, "on %s", rest);
	else if (n > l->n)
		snprintf(buf, size, "its %u vCPUs share %s", n, rest);
	else
		snprintf(buf, size, "%s on %s, its other threads on %s",
			 n > 1 ? "vCPUs" : "vCPU",
			 cpulist_text(l->cpu, n, own, sizeof(own)),
			 n < l->n ? cpulist_text(l->cpu + n, l->n - n, rest,
						 sizeof(rest)) :
				    rest);
	return buf;
}
