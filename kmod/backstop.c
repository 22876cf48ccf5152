// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel's tick would end any HLT, but a CPU of nohz_full= has no tick, and the
 * interrupt that an operation waits for may never come.  If the hypervisor loses an
 * interrupt, the machine must not hang.
 */
#include <linux/ktime.h>

#include "backstop.h"
#include "compat.h"

#define PERIOD_NS (5 * NSEC_PER_MSEC)

/* Runs are one at a time. */
static struct hrtimer timer;
static bool started;
static u32 count;

static enum hrtimer_restart go_off(struct hrtimer *t)
{
	WRITE_ONCE(count, count + 1);
	hrtimer_forward_now(t, ns_to_ktime(PERIOD_NS));
	return HRTIMER_RESTART;
}

static enum hrtimer_restart once(struct hrtimer *t)
{
	return HRTIMER_NORESTART;
}

static void init(enum hrtimer_restart (*fn)(struct hrtimer *))
{
	hrtimer_setup(&timer, fn, CLOCK_MONOTONIC,
		      HRTIMER_MODE_ABS_PINNED_HARD);
}

void vb_backstop_start(void)
{
	count = 0;
	started = true;
	init(go_off);
	hrtimer_start(&timer, ktime_add_ns(ktime_get(), PERIOD_NS),
		      HRTIMER_MODE_ABS_PINNED_HARD);
}

void vb_backstop_stop(void)
{
	if (started)
		hrtimer_cancel(&timer);
	started = false;
}

u32 vb_backstop_count(void)
{
	return READ_ONCE(count);
}

/* Only a time before all others makes it program the hardware at once. */
void vb_rearm_timer(void)
{
	init(once);
	hrtimer_start(&timer, 1, HRTIMER_MODE_ABS_PINNED_HARD);
	hrtimer_cancel(&timer);
}
