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
#include <linux/sched.h>
#include <asm/tsc.h>

#include "vb.h"

#define NOBODY (-1)
#define WAIT_MAX (2 * HZ) /* of threads that can always run */
#define SETTLE_US \
	1000 /* by then the other CPU is halted, as in op-ipi-delay.c */

/* Between runs of it all players sleep. */
struct game {
	int turn;
	u64 left;
	struct completion over;
};

/* Each turn is one switch: the thread wakes the other and sleeps. */
static void play(struct vb_crew *c, struct game *g, int me)
{
	if (!g->left) {
		WRITE_ONCE(g->turn, NOBODY);
		complete(&g->over);
		return;
	}
	g->left--;
	WRITE_ONCE(g->turn, !me);
	vb_crew_wake(c, !me);
}

static void player(struct vb_crew *c, unsigned int me)
{
	struct game *g = vb_crew_shared(c);

	for (;;) {
		set_current_state(TASK_IDLE);
		if (vb_crew_dismissed(c))
			break;
		if (READ_ONCE(g->turn) != me) {
			schedule();
			continue;
		}
		__set_current_state(TASK_RUNNING);
		play(c, g, me);
	}
	__set_current_state(TASK_RUNNING);
}

static int setup_switch(struct vb_run *r)
{
	struct vb_crew *c = vb_crew_new(2, sizeof(struct game));
	struct game *g;
	int i;

	r->private = c;
	if (!c)
		return -ENOMEM;
	g = vb_crew_shared(c);
	g->turn = NOBODY;
	init_completion(&g->over);
	for (i = 0; i < 2; i++)
		if (!vb_crew_add(r, c, r->cpu, player))
			break;
	return 0;
}

static void dismiss(struct vb_run *r)
{
	vb_crew_dismiss(r->private);
}

static void run_switch(struct vb_run *r, u64 n)
{
	struct game *g = vb_crew_shared(r->private);

	reinit_completion(&g->over);
	g->left = n;
	WRITE_ONCE(g->turn, 0);
	vb_crew_wake(r->private, 0);
	if (!wait_for_completion_timeout(&g->over, WAIT_MAX))
		vb_timeout(r, "the other thread");
}

const struct vb_op vb_op_switch = {
	.setup = setup_switch,
	.run = run_switch,
	.teardown = dismiss,
};

struct sleeper {
	bool go, up;
	u64 at;
};

static void sleep(struct vb_crew *c, unsigned int me)
{
	struct sleeper *s = vb_crew_shared(c);

	for (;;) {
		set_current_state(TASK_IDLE);
		if (vb_crew_dismissed(c))
			break;
		if (!smp_load_acquire(&s->go)) {
			schedule();
			continue;
		}
		s->at = vb_ticks();
		WRITE_ONCE(s->go, false);
		smp_store_release(&s->up, true);
	}
	__set_current_state(TASK_RUNNING);
}

static void probe_remote(struct vb_run *r)
{
	if (check_tsc_unstable())
		vb_why(r, "the TSCs of two CPUs cannot be compared here");
}

static int setup_remote(struct vb_run *r)
{
	r->private = vb_crew_new(1, sizeof(struct sleeper));
	if (!r->private)
		return -ENOMEM;
	vb_crew_add(r, r->private, r->peer, sleep);
	return 0;
}

static void run_remote(struct vb_run *r, u64 n)
{
	struct sleeper *s = vb_crew_shared(r->private);
	u64 from;

	if (!n)
		return;
	udelay(SETTLE_US);
	WRITE_ONCE(s->up, false);
	from = vb_ticks();
	smp_store_release(&s->go, true);
	vb_crew_wake(r->private, 0);
	if (VB_SPIN(r, smp_load_acquire(&s->up), "the thread"))
		r->latency = max_t(s64, 0, s->at - from);
}

const struct vb_op vb_op_wake_remote = {
	.probe = probe_remote,
	.setup = setup_remote,
	.run = run_remote,
	.teardown = dismiss,
};
