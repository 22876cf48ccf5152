// SPDX-License-Identifier: GPL-2.0-only
/*
 * Threads on CPUs of an operation's choice.
 *
 * A task with a higher priority can keep such a thread from running, and so from
 * ending, for any time, while the engine keeps CPUs from coming and going.  So nothing
 * waits for a thread's end as kthread_stop() does: each thread has references to the
 * module and to all that it uses, and ends when it can.  Only a worker waits for
 * the thread's beginning, as kthread_create() does.
 */
#include <linux/atomic.h>
#include <linux/completion.h>
#include <linux/err.h>
#include <linux/init.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/refcount.h>
#include <linux/sched.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/topology.h>

#include "compat.h"
#include "vb.h"

#define THERE_WITHIN HZ
#define GONE_WITHIN HZ

static struct workqueue_struct *starters;

struct member {
	struct vb_crew *crew;
	int cpu;
	void (*work)(struct vb_crew *c, unsigned int me);
	struct work_struct start;
	struct completion started;
	struct task_struct *task; /* NULL: not yet, or error says why not */
	int error;
};

struct vb_crew {
	void *shared;
	bool dismissed;
	refcount_t users; /* its members, their starters, and who made it */
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
		if (c->members[i].task)
			put_task_struct(c->members[i].task);
	kfree(c->shared);
	kfree(c);
}

static void leave(struct vb_crew *c)
{
	if (atomic_dec_and_test(&c->left))
		complete(&c->gone);
	put(c);
}

static int live(void *arg)
{
	struct member *m = arg;

	m->work(m->crew, m - m->crew->members);
	leave(m->crew);
	module_put_and_kthread_exit(0);
}

/*
 * May be late, when the run is over and the CPU has gone: then the thread ends at
 * once.  The module may go as soon as it has, but vb_crew_exit() waits for this.
 */
static void start(struct work_struct *w)
{
	struct member *m = container_of(w, struct member, start);
	struct vb_crew *c = m->crew;
	struct task_struct *t = kthread_create_on_node(
		live, m, cpu_to_node(m->cpu), "vbench/%d", m->cpu);

	if (IS_ERR(t)) {
		m->error = PTR_ERR(t);
		leave(c);
		module_put(THIS_MODULE);
	} else {
		kthread_bind(t, m->cpu);
		WRITE_ONCE(m->task, get_task_struct(t));
		wake_up_process(t);
	}
	complete(&m->started);
	put(c);
}

bool vb_crew_add(struct vb_run *r, struct vb_crew *c, int cpu,
		 void (*work)(struct vb_crew *c, unsigned int me))
{
	struct member *m = &c->members[c->n];

	if (WARN_ON_ONCE(c->n == c->room))
		return false;
	c->n++;
	m->crew = c;
	m->cpu = cpu;
	m->work = work;
	INIT_WORK(&m->start, start);
	init_completion(&m->started);
	atomic_inc(&c->left);
	refcount_add(2, &c->users);
	/* The caller's file has a reference, so there is one to be had. */
	__module_get(THIS_MODULE);
	/* On this CPU, for here a worker runs when this thread waits. */
	queue_work_on(raw_smp_processor_id(), starters, &m->start);
	if (!wait_for_completion_timeout(&m->started, THERE_WITHIN))
		vb_why(r, "CPUs are too busy to start a thread");
	else if (m->error)
		vb_why(r, "cannot start a thread: error %d", -m->error);
	return !r->outcome;
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
	struct task_struct *t = READ_ONCE(c->members[who].task);

	if (t)
		wake_up_process(t);
}

void vb_crew_dismiss(struct vb_crew *c)
{
	unsigned int i;

	if (!c)
		return;
	WRITE_ONCE(c->dismissed, true);
	/* Either a member is here to be woken, or it has yet to look. */
	smp_mb();
	for (i = 0; i < c->n; i++)
		vb_crew_wake(c, i);
	if (c->n)
		wait_for_completion_timeout(&c->gone, GONE_WITHIN);
	put(c);
}

int __init vb_crew_init(void)
{
	starters = alloc_workqueue("vbench", WQ_PERCPU, 0);
	return starters ? 0 : -ENOMEM;
}

void vb_crew_exit(void)
{
	destroy_workqueue(starters);
}
