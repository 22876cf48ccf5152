// SPDX-License-Identifier: GPL-2.0-only
#include "../bench/clock.h"
#include "tsc.h"

#define TSC_ERROR_MAX 0.001
/* Other processes can disturb a measurement. */
#define TSC_TRIES 3

u64 tsc_khz(void)
{
#if defined(__x86_64__) || defined(__i386__)
	for (int i = 0; i < TSC_TRIES; i++) {
		struct tick_rate rate = clock_tick_rate();

		if (rate.per_sec && rate.error < TSC_ERROR_MAX)
			return rate.per_sec / 1000;
	}
#endif
	return 0;
}
