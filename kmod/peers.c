// SPDX-License-Identifier: GPL-2.0-only
/* Threads that keep other CPUs busy. */
#include <linux/atomic.h>
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/sched.h>

#include "vb.h"

#define UP_WITHIN HZ

/* No PAUSE: see VB_SPIN(). */
static void spin(struct vb_crew *c, unsigned int me)
{
	atomic_t *up = vb_crew_shared(c);

	atomic_inc(up);
	while (!vb_crew_dismissed(c))
		cond_resched();
}

/* The peer first; *@n becomes how many there are. */
static bool add_all(struct vb_run *r, struct vb_crew *c, unsigned int *n)
{
	unsigned int most = *n;
	int cpu;

	*n = 0;
	if (r->peer >= 0) {
		if (!vb_crew_add(r, c, r->peer, spin))
			return false;
		++*n;
	}
	for_each_online_cpu(cpu)
	{
		if (*n == most)
			break;
		if (cpu == r->cpu || cpu == r->peer)
			continue;
		if (!vb_crew_add(r, c, cpu, spin))
			return false;
		++*n;
	}
	return true;
}

static bool all_up(const atomic_t *up, unsigned int n)
{
	unsigned long until = jiffies + UP_WITHIN;

	while (atomic_read(up) != n) {
		if (time_after(jiffies, until))
			return false;
		usleep_range(50, 100);
	}
	return true;
}

struct vb_crew *vb_peers_start(struct vb_run *r, unsigned int n)
{
	struct vb_crew *c = vb_crew_new(n, sizeof(atomic_t));

	if (!c) {
		vb_why(r, "no memory for %u threads", n);
		return NULL;
	}
	if (add_all(r, c, &n) && all_up(vb_crew_shared(c), n))
		return c;
	vb_why(r, "other CPUs are too busy for a thread");
	vb_crew_dismiss(c);
	return NULL;
}

void vb_peers_stop(struct vb_crew *c)
{
	vb_crew_dismiss(c);
}
