// SPDX-License-Identifier: GPL-2.0-only
/*
 * Compares the TSC of another CPU with this one's, by messages through memory: the
 * peer reads its TSC between our question and the arrival of its answer.  So each
 * round bounds the difference from both sides, and a delayed round bounds it
 * loosely but never wrongly.  A difference smaller than a round's time stays
 * invisible, and is less than an interrupt takes.
 *
 * Linux compares TSCs as CPUs come up (arch/x86/kernel/tsc_sync.c); a hypervisor
 * may set one of them later, or move vCPUs between CPUs that differ.  Its verdict
 * is not asked for: it calls the TSC unstable in guests for other reasons as well.
 */
#include <linux/delay.h>
#include <linux/limits.h>
#include <linux/minmax.h>
#include <linux/preempt.h>
#include <linux/smp.h>
#include <asm/tsc.h>

#include "skew.h"

#define ROUNDS 16
/*
 * Wider bounds are of no use: messages are quick if both CPUs run, and the host may
 * find a CPU for each a moment later.
 */
#define WIDE_US 50
#define TALKS 4

/* Runs are one at a time. */
static struct {
	u32 asked, answered;
	u64 at;
} talk;

static void answer(void *unused)
{
	u32 round, spins;

	for (round = 1; round <= ROUNDS; round++) {
		for (spins = 0; READ_ONCE(talk.asked) < round; spins++)
			if (spins == VB_SPINS)
				return;
		talk.at = vb_ticks();
		smp_store_release(&talk.answered, round);
	}
}

static call_single_data_t call = CSD_INIT(answer, NULL);

static void nothing(void *unused)
{
}

/* The peer's TSC is ahead by @least to @most ticks. */
static bool bounds(struct vb_run *r, s64 *least, s64 *most)
{
	u64 from, to;
	u32 round;

	for (round = 1; round <= ROUNDS; round++) {
		from = vb_ticks();
		WRITE_ONCE(talk.asked, round);
		if (!VB_SPIN(r, smp_load_acquire(&talk.answered) == round,
			     "the other CPU's TSC"))
			return false;
		to = vb_ticks();
		*least = max_t(s64, *least, talk.at - to);
		*most = min_t(s64, *most, talk.at - from);
	}
	return true;
}

static void judge(struct vb_run *r, s64 least, s64 most)
{
	if (least > most)
		vb_why(r, "the TSCs of CPU %d and %d drift apart", r->cpu,
		       r->peer);
	else if (least > 0)
		vb_why(r,
		       "the TSC of CPU %d is %lld to %lld ticks ahead of "
		       "that of CPU %d",
		       r->peer, least, most, r->cpu);
	else if (most < 0)
		vb_why(r,
		       "the TSC of CPU %d is %lld to %lld ticks behind "
		       "that of CPU %d",
		       r->peer, -most, -least, r->cpu);
}

/* Unpreempted, for the peer waits with interrupts off. */
static bool talk_once(struct vb_run *r, s64 *least, s64 *most)
{
	bool bounded = false;

	talk.asked = talk.answered = 0;
	preempt_disable();
	if (smp_call_function_single_async(r->peer, &call))
		vb_why(r, "the last question to CPU %d is not answered yet",
		       r->peer);
	else
		bounded = bounds(r, least, most);
	preempt_enable();
	/*
	 * The first may overtake it: who is waited for comes first (kernel/smp.c).
	 * The second comes after the interrupt in which both were run.
	 */
	smp_call_function_single(r->peer, nothing, NULL, 1);
	smp_call_function_single(r->peer, nothing, NULL, 1);
	return bounded;
}

bool vb_tscs_agree(struct vb_run *r)
{
	s64 wide = (u64)tsc_khz * WIDE_US / 1000;
	s64 least = S64_MIN / 2, most = S64_MAX / 2;
	int talks = TALKS;

	while (talk_once(r, &least, &most) && most - least > wide && --talks)
		usleep_range(1000, 2000);
	judge(r, least, most);
	return !r->outcome;
}

void vb_one_way(struct vb_run *r, u64 from, u64 to)
{
	if (to >= from) {
		r->latency = to - from;
		return;
	}
	vb_why(r,
	       "the end came %llu ticks before the beginning: the TSCs of "
	       "CPU %d and %d disagree",
	       from - to, r->cpu, r->peer);
	r->outcome = VBENCH_OUTCOME_SKEW;
}
