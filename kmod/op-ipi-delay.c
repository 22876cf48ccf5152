// SPDX-License-Identifier: GPL-2.0-only
/*
 * One event: an IPI to another CPU, from the sender's decision to the first thing
 * that its handler does there (one way, by the TSCs of both), or to the first
 * thing that the handler of an IPI sent back by that handler does here.
 *
 * The kernel's own IPI for function calls carries it (kernel/smp.c), since a
 * module cannot have a vector.  A running vCPU is interrupted in guest mode, or
 * finds the interrupt posted; a halted one has to be woken and scheduled on the
 * host, and entered.
 *
 * Linux sends no IPI to a CPU whose idle loop polls, or waits in MWAIT: it sets a
 * flag there that ends both (kernel/sched/core.c, set_nr_if_polling()).  So the
 * handler looks whether an interrupt has brought it, and what was interrupted.
 */
#include <linux/hardirq.h>
#include <linux/sched.h>
#include <linux/smp.h>

#include "settle.h"
#include "skew.h"

#define TRIES 8

enum { HALTED = 1, TRIP = 2 };

/* Runs are one at a time. */
static struct {
	struct vb_crew *busy;
	bool trip, was_idle, by_interrupt;
	u64 arrived;
	bool done;
	int origin;
} ipi;

static void arrive_here(void *unused)
{
	ipi.arrived = vb_ticks();
	smp_store_release(&ipi.done, true);
}

static call_single_data_t back = CSD_INIT(arrive_here, NULL);

static void arrive_there(void *unused)
{
	u64 now = vb_ticks();

	ipi.was_idle = is_idle_task(current);
	ipi.by_interrupt = in_hardirq();
	if (ipi.trip) {
		smp_call_function_single_async(ipi.origin, &back);
		return;
	}
	ipi.arrived = now;
	smp_store_release(&ipi.done, true);
}

static call_single_data_t there = CSD_INIT(arrive_there, NULL);

static int setup(struct vb_run *r)
{
	ipi.busy = NULL;
	if (!(r->op->arg & TRIP) && !vb_tscs_agree(r))
		return 0;
	if (!(r->op->arg & HALTED))
		ipi.busy = vb_peers_start(r, 1);
	return 0;
}

static void nothing(void *unused)
{
}

/*
 * None is on its way when this returns, also after a timeout.  There: the first
 * of these calls may overtake it, the second comes after the interrupt in which
 * both were run.  Here: a call of this CPU by itself sends nothing and runs
 * nothing else, but a handler that has begun has ended for whoever it interrupted.
 */
static void teardown(struct vb_run *r)
{
	int i;

	for (i = 0; i < 2; i++)
		smp_call_function_single(r->peer, nothing, NULL, 1);
	VB_SPIN(r, !(READ_ONCE(back.node.u_flags) & CSD_FLAG_LOCK),
		"the IPI back");
	vb_peers_stop(ipi.busy);
}

/* Whether the other CPU was in the state that this run asks for. */
static bool was_good(const struct vb_run *r)
{
	return ipi.by_interrupt && (!(r->op->arg & HALTED) || ipi.was_idle);
}

static bool send(struct vb_run *r, bool event)
{
	u64 from;

	ipi.done = false;
	ipi.trip = r->op->arg & TRIP;
	ipi.origin = r->cpu;
	if (event)
		vb_event_begin(r);
	from = vb_ticks();
	if (smp_call_function_single_async(r->peer, &there))
		vb_why(r, "the last IPI has not come yet");
	else
		VB_SPIN(r, smp_load_acquire(&ipi.done), "the IPI");
	if (event)
		vb_event_end(r, !r->outcome && was_good(r));
	if (r->outcome)
		return false;
	vb_one_way(r, from, ipi.arrived);
	return !r->outcome;
}

/* The first one is answered by a vCPU that has a CPU of the host then. */
static void run_running(struct vb_run *r)
{
	if (send(r, false) && send(r, true) && !ipi.by_interrupt)
		vb_why(r, "CPU %d was called without an interrupt", r->peer);
}

static void run_halted(struct vb_run *r)
{
	int tries = TRIES;

	do {
		vb_settle();
		if (!send(r, true) || was_good(r))
			return;
	} while (--tries);
	if (ipi.was_idle)
		vb_why(r,
		       "CPU %d needs no IPI: it polls when it is idle, or "
		       "is in MWAIT (idle=halt on its kernel's command line)",
		       r->peer);
	else
		vb_why(r, "CPU %d is never idle", r->peer);
}

static void run(struct vb_run *r, u64 n)
{
	if (!n)
		return;
	if (r->op->arg & HALTED)
		run_halted(r);
	else
		run_running(r);
}

#define DELAY(name, what)                   \
	const struct vb_op vb_op_##name = { \
		.setup = setup,             \
		.run = run,                 \
		.teardown = teardown,       \
		.arg = what,                \
	}

DELAY(ipi_running, 0);
DELAY(ipi_halted, HALTED);
DELAY(ipi_running_trip, TRIP);
DELAY(ipi_halted_trip, HALTED | TRIP);
