// SPDX-License-Identifier: GPL-2.0-only
/*
 * Threads on CPUs of an operation's choice.
 *
 * Whoever has a higher priority there keeps such a thread from running, and so
 * from ending, for as long as he likes, while the engine keeps CPUs from coming
 * and going.  So nobody waits for a thread's end as kthread_stop() does: each has
 * references to the module and to all that it uses, and ends when it can.
 */
#include <linux/atomic.h>
#include <linux/completion.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/refcount.h>
#include <linux/sched.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/topology.h>

#include "vb.h"

#define GONE_WITHIN HZ

struct member {
	struct vb_crew *crew;
	struct task_struct *task;
	void (*work)(struct vb_crew *c, unsigned int me);
};

struct vb_crew {
	void *shared;
	bool dismissed;
	refcount_t users; /* its members, and who made it */
	atomic_t left;
	struct completion gone;
	unsigned int n, room;
	struct member members[];
};

struct vb_crew *vb_crew_new(unsigned int room, size_t shared)
{
	struct vb_crew *c = kzalloc(struct_size(c, members, room), GFP_KERNEL);

	if (!c)
		return NULL;
	c->shared = kzalloc(shared, GFP_KERNEL);
	if (!c->shared) {
		kfree(c);
		return NULL;
	}
	refcount_set(&c->users, 1);
	init_completion(&c->gone);
	c->room = room;
	return c;
}

static void put(struct vb_crew *c)
{
	unsigned int i;

	if (!refcount_dec_and_test(&c->users))
		return;
	for (i = 0; i < c->n; i++)
		put_task_struct(c->members[i].task);
	kfree(c->shared);
	kfree(c);
}

static int live(void *arg)
{
	struct member *m = arg;
	struct vb_crew *c = m->crew;

	m->work(c, m - c->members);
	if (atomic_dec_and_test(&c->left))
		complete(&c->gone);
	put(c);
	module_put_and_kthread_exit(0);
}

int vb_crew_add(struct vb_crew *c, int cpu,
		void (*work)(struct vb_crew *c, unsigned int me))
{
	struct member *m = &c->members[c->n];
	struct task_struct *t;

	if (WARN_ON_ONCE(c->n == c->room))
		return -EINVAL;
	t = kthread_create_on_node(live, m, cpu_to_node(cpu), "vbench/%d", cpu);
	if (IS_ERR(t))
		return PTR_ERR(t);
	*m = (struct member){ c, get_task_struct(t), work };
	c->n++;
	atomic_inc(&c->left);
	refcount_inc(&c->users);
	/* The caller's file has a reference, so there is one to be had. */
	__module_get(THIS_MODULE);
	kthread_bind(t, cpu);
	wake_up_process(t);
	return 0;
}

void *vb_crew_shared(const struct vb_crew *c)
{
	return c->shared;
}

bool vb_crew_dismissed(const struct vb_crew *c)
{
	return READ_ONCE(c->dismissed);
}

void vb_crew_wake(const struct vb_crew *c, unsigned int who)
{
	wake_up_process(c->members[who].task);
}

void vb_crew_dismiss(struct vb_crew *c)
{
	unsigned int i;

	if (!c)
		return;
	WRITE_ONCE(c->dismissed, true);
	for (i = 0; i < c->n; i++)
		vb_crew_wake(c, i);
	if (c->n)
		wait_for_completion_timeout(&c->gone, GONE_WITHIN);
	put(c);
}
