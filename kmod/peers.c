// SPDX-License-Identifier: GPL-2.0-only
/* Threads that keep other CPUs busy. */
#include <linux/atomic.h>
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>

#include "vb.h"

#define UP_WITHIN_US 1000000

struct busy {
	struct mm_struct *mm;
	atomic_t up;
};

/* No PAUSE: see VB_SPIN(). */
static void spin(struct vb_crew *c, unsigned int me)
{
	struct busy *b = vb_crew_shared(c);

	if (b->mm)
		kthread_use_mm(b->mm);
	atomic_inc(&b->up);
	while (!vb_crew_dismissed(c))
		cond_resched();
	if (!b->mm)
		return;
	kthread_unuse_mm(b->mm);
	mmput(b->mm);
}

static int add(struct vb_crew *c, int cpu)
{
	struct busy *b = vb_crew_shared(c);
	int ret;

	/* Each has its own, for it may begin when the caller has gone. */
	if (b->mm)
		mmget(b->mm);
	ret = vb_crew_add(c, cpu, spin);
	if (ret && b->mm)
		mmput(b->mm);
	return ret;
}

/* The peer first; *@n becomes how many there are. */
static int add_all(struct vb_crew *c, const struct vb_run *r, unsigned int *n)
{
	unsigned int most = *n;
	int cpu, ret;

	*n = 0;
	if (r->peer >= 0) {
		ret = add(c, r->peer);
		if (ret)
			return ret;
		++*n;
	}
	for_each_online_cpu(cpu)
	{
		if (*n == most)
			break;
		if (cpu == r->cpu || cpu == r->peer)
			continue;
		ret = add(c, cpu);
		if (ret)
			return ret;
		++*n;
	}
	return 0;
}

static bool all_up(const struct busy *b, unsigned int n)
{
	int us;

	for (us = 0; us < UP_WITHIN_US; us += 50) {
		if (atomic_read(&b->up) == n)
			return true;
		usleep_range(50, 100);
	}
	return false;
}

struct vb_crew *vb_peers_start(struct vb_run *r, unsigned int n,
			       struct mm_struct *mm)
{
	struct vb_crew *c = vb_crew_new(n, sizeof(struct busy));
	struct busy *b;
	int ret;

	if (!c) {
		vb_why(r, "no memory for %u threads", n);
		return NULL;
	}
	b = vb_crew_shared(c);
	b->mm = mm;
	ret = add_all(c, r, &n);
	if (ret)
		vb_why(r, "cannot start a thread: %d", ret);
	else if (!all_up(b, n))
		vb_why(r, "other CPUs are too busy for a thread");
	else
		return c;
	vb_crew_dismiss(c);
	return NULL;
}

void vb_peers_stop(struct vb_crew *c)
{
	vb_crew_dismiss(c);
}
