// SPDX-License-Identifier: GPL-2.0-only
#include "clock.h"

#define RATE_INTERVAL_NS (20 * 1000 * 1000)

/* From one change of the clock to another, for some change with each jiffy alone. */
u64 clock_tick_rate(void)
{
	struct stamp first = stamp_begin(), from, to;

	do {
		from = stamp_begin();
	} while (from.ns == first.ns);
	do {
		to = stamp_begin();
	} while (to.ns - from.ns < RATE_INTERVAL_NS);
	return (double)(to.ticks - from.ticks) * NSEC_PER_SEC /
	       (to.ns - from.ns);
}
