/* SPDX-License-Identifier: GPL-2.0-only */
/* Time for another CPU to fall idle, and to halt. */
#ifndef VB_SETTLE_H
#define VB_SETTLE_H

#include <linux/ktime.h>
#include <linux/processor.h>

/* By then cpuidle has stopped polling (haltpoll: 200 us). */
#define VB_SETTLE_US 1000

/* Not udelay(): as calibrated in an emulator it may be a quarter of that. */
static inline void vb_settle(void)
{
	ktime_t end = ktime_add_us(ktime_get(), VB_SETTLE_US);

	while (ktime_before(ktime_get(), end))
		cpu_relax();
}

#endif
