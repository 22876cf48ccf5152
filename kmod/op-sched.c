// SPDX-License-Identifier: GPL-2.0-only
/*
 * One operation: a switch from one kernel thread to another on the same CPU.  One
 * event: a thread that sleeps on another CPU, from wake_up_process() to its first
 * instruction.
 *
 * The former needs no hypervisor where the kernel's page tables stay the same.
 * The latter is an IPI to a halted vCPU, plus both schedulers.
 */
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/sched.h>
#include <linux/sched/task.h>
#include <linux/topology.h>
#include <asm/tsc.h>

#include "vb.h"

#define NOBODY (-1)
#define WAIT_MAX (2 * HZ) /* of threads that can always run */
#define SETTLE_US \
	1000 /* by then the other CPU is halted, as in op-ipi-delay.c */

static struct task_struct *bound(int (*fn)(void *), void *arg, int cpu)
{
	struct task_struct *t = kthread_create_on_node(
		fn, arg, cpu_to_node(cpu), "vbench/%d", cpu);

	if (IS_ERR(t))
		return NULL;
	kthread_bind(t, cpu);
	return t;
}

/* Runs are one at a time; between them all threads sleep. */
static struct task_struct *players[2];
static int turn = NOBODY;
static u64 left;
static DECLARE_COMPLETION(over);

/* Each turn is one switch: the thread wakes the other and sleeps. */
static void play(int me)
{
	if (!left) {
		WRITE_ONCE(turn, NOBODY);
		complete(&over);
		return;
	}
	left--;
	WRITE_ONCE(turn, !me);
	wake_up_process(players[!me]);
}

static int player(void *arg)
{
	int me = (long)arg;

	for (;;) {
		set_current_state(TASK_IDLE);
		if (kthread_should_stop())
			break;
		if (READ_ONCE(turn) != me) {
			schedule();
			continue;
		}
		__set_current_state(TASK_RUNNING);
		play(me);
	}
	__set_current_state(TASK_RUNNING);
	return 0;
}

static int setup_switch(struct vb_run *r)
{
	long i;

	turn = NOBODY;
	for (i = 0; i < 2; i++) {
		players[i] = bound(player, (void *)i, r->cpu);
		if (!players[i])
			return -ENOMEM;
		get_task_struct(players[i]);
	}
	return 0;
}

static void teardown_switch(struct vb_run *r)
{
	int i;

	/* After a timeout one may still be about to wake the other. */
	WRITE_ONCE(left, 0);
	for (i = 0; i < 2; i++)
		if (players[i])
			kthread_stop(players[i]);
	for (i = 0; i < 2; i++) {
		if (players[i])
			put_task_struct(players[i]);
		players[i] = NULL;
	}
}

static void run_switch(struct vb_run *r, u64 n)
{
	reinit_completion(&over);
	left = n;
	WRITE_ONCE(turn, 0);
	wake_up_process(players[0]);
	if (!wait_for_completion_timeout(&over, WAIT_MAX))
		vb_timeout(r, "the other thread");
}

const struct vb_op vb_op_switch = {
	.setup = setup_switch,
	.run = run_switch,
	.teardown = teardown_switch,
};

static struct {
	struct task_struct *thread;
	bool go, up;
	u64 at;
} sleeper;

static int sleep(void *unused)
{
	for (;;) {
		set_current_state(TASK_IDLE);
		if (kthread_should_stop())
			break;
		if (!smp_load_acquire(&sleeper.go)) {
			schedule();
			continue;
		}
		sleeper.at = vb_ticks();
		WRITE_ONCE(sleeper.go, false);
		smp_store_release(&sleeper.up, true);
	}
	__set_current_state(TASK_RUNNING);
	return 0;
}

static void probe_remote(struct vb_run *r)
{
	if (check_tsc_unstable())
		vb_why(r, "the TSCs of two CPUs cannot be compared here");
}

static int setup_remote(struct vb_run *r)
{
	sleeper.go = false;
	sleeper.thread = bound(sleep, NULL, r->peer);
	if (!sleeper.thread)
		return -ENOMEM;
	wake_up_process(sleeper.thread);
	return 0;
}

static void run_remote(struct vb_run *r, u64 n)
{
	u64 from;

	if (!n)
		return;
	udelay(SETTLE_US);
	WRITE_ONCE(sleeper.up, false);
	from = vb_ticks();
	smp_store_release(&sleeper.go, true);
	wake_up_process(sleeper.thread);
	if (VB_SPIN(r, smp_load_acquire(&sleeper.up), "the thread"))
		r->latency = max_t(s64, 0, sleeper.at - from);
}

static void teardown_remote(struct vb_run *r)
{
	if (sleeper.thread)
		kthread_stop(sleeper.thread);
}

const struct vb_op vb_op_wake_remote = {
	.probe = probe_remote,
	.setup = setup_remote,
	.run = run_remote,
	.teardown = teardown_remote,
};
