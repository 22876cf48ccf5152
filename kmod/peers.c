// SPDX-License-Identifier: GPL-2.0-only
/* Threads that keep other CPUs busy. */
#include <linux/atomic.h>
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "vb.h"

#define UP_WITHIN_US 1000000

struct vb_peers {
	struct mm_struct *mm;
	atomic_t up;
	unsigned int n;
	struct task_struct *threads[];
};

/* No PAUSE: see VB_SPIN(). */
static int spin(void *peers)
{
	struct vb_peers *p = peers;

	if (p->mm)
		kthread_use_mm(p->mm);
	atomic_inc(&p->up);
	while (!kthread_should_stop())
		cond_resched();
	if (p->mm)
		kthread_unuse_mm(p->mm);
	return 0;
}

static int add(struct vb_peers *p, int cpu)
{
	struct task_struct *t = kthread_create_on_node(
		spin, p, cpu_to_node(cpu), "vbench/%d", cpu);

	if (IS_ERR(t))
		return PTR_ERR(t);
	kthread_bind(t, cpu);
	wake_up_process(t);
	p->threads[p->n++] = t;
	return 0;
}

static int add_all(struct vb_peers *p, const struct vb_run *r, unsigned int n)
{
	int cpu, ret = r->peer < 0 ? 0 : add(p, r->peer);

	for_each_online_cpu(cpu)
	{
		if (ret || p->n == n)
			break;
		if (cpu != r->cpu && cpu != r->peer)
			ret = add(p, cpu);
	}
	return ret;
}

static bool all_up(struct vb_peers *p)
{
	int us;

	for (us = 0; us < UP_WITHIN_US; us += 50) {
		if (atomic_read(&p->up) == p->n)
			return true;
		usleep_range(50, 100);
	}
	return false;
}

struct vb_peers *vb_peers_start(struct vb_run *r, unsigned int n,
				struct mm_struct *mm)
{
	struct vb_peers *p = kzalloc(struct_size(p, threads, n), GFP_KERNEL);
	int ret;

	if (!p) {
		vb_why(r, "no memory for %u threads", n);
		return NULL;
	}
	p->mm = mm;
	ret = add_all(p, r, n);
	if (ret)
		vb_why(r, "cannot start a thread: %d", ret);
	else if (!all_up(p))
		vb_why(r, "other CPUs are too busy for a thread");
	else
		return p;
	vb_peers_stop(p);
	return NULL;
}

void vb_peers_stop(struct vb_peers *p)
{
	if (!p)
		return;
	while (p->n)
		kthread_stop(p->threads[--p->n]);
	kfree(p);
}
