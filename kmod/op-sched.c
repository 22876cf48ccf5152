// SPDX-License-Identifier: GPL-2.0-only
/*
 * One operation: a switch from one kernel thread to another on the same CPU.  One
 * event: a thread that sleeps on another CPU, from wake_up_process() to its first
 * instruction.
 *
 * The former needs no hypervisor where the kernel's page tables stay the same.
 * The latter is an IPI to a halted vCPU, plus both schedulers; that there was an
 * IPI is seen by the other CPU's counts, for one that polls or is in MWAIT needs
 * none (see op-ipi-delay.c).
 */
#include <linux/completion.h>
#include <linux/kernel_stat.h>
#include <linux/sched.h>
#include <linux/tick.h>

#include "compat.h"
#include "settle.h"
#include "skew.h"

#define NOBODY (-1)
#define WAIT_MAX (2 * HZ) /* of threads that can always run */
#define SETTLE_TRIES 32
#define TRIES 8

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

static int setup_remote(struct vb_run *r)
{
	if (!vb_tscs_agree(r))
		return 0;
	r->private = vb_crew_new(1, sizeof(struct sleeper));
	if (!r->private)
		return -ENOMEM;
	vb_crew_add(r, r->private, r->peer, sleep);
	return 0;
}

/* IPIs that may have woken it: either is used (kernel/sched/core.c). */
static u32 ipis(int cpu)
{
#ifdef CONFIG_SMP
	return READ_ONCE(vb_irq_stat(cpu, RESCHEDULE)) +
	       READ_ONCE(vb_irq_stat(cpu, CALL_FUNCTION));
#else
	return 0;
#endif
}

/* Waits until it was idle for most of the last time; unknown counts as yes. */
static bool settle(int cpu)
{
	int tries = SETTLE_TRIES;
	u64 before;

	while (tries--) {
		before = get_cpu_idle_time_us(cpu, NULL);
		vb_settle();
		if (before == -1ull ||
		    get_cpu_idle_time_us(cpu, NULL) - before >=
			    VB_SETTLE_US / 2)
			return true;
	}
	return false;
}

/* False: it did not take an IPI, or did not come. */
static bool wake(struct vb_run *r, u64 *from)
{
	struct sleeper *s = vb_crew_shared(r->private);
	u32 seen = ipis(r->peer);
	bool good;

	WRITE_ONCE(s->up, false);
	vb_event_begin(r);
	*from = vb_ticks();
	smp_store_release(&s->go, true);
	vb_crew_wake(r->private, 0);
	good = VB_SPIN(r, smp_load_acquire(&s->up), "the thread") &&
	       ipis(r->peer) != seen;
	vb_event_end(r, good);
	return good;
}

static void run_remote(struct vb_run *r, u64 n)
{
	struct sleeper *s = vb_crew_shared(r->private);
	int tries = TRIES;
	u64 from;

	if (!n)
		return;
	while (tries--) {
		if (!settle(r->peer))
			return vb_why(r, "CPU %d is never idle", r->peer);
		if (wake(r, &from))
			return vb_one_way(r, from, s->at);
		if (r->outcome)
			return;
	}
	vb_why(r,
	       "CPU %d needs no IPI: it polls when it is idle, or is in "
	       "MWAIT (idle=halt on its kernel's command line)",
	       r->peer);
}

const struct vb_op vb_op_wake_remote = {
	.setup = setup_remote,
	.run = run_remote,
	.teardown = dismiss,
};
