// SPDX-License-Identifier: GPL-2.0-only
#include <stdatomic.h>
#include <sys/mman.h>

#include "../bench/clock.h"
#include "active.h"

struct active {
	/* Twice the length of all stops so far, or, during a stop, twice
	 * active_ns() plus 1: one word, since others read it meanwhile. */
	_Atomic u64 state;
	_Atomic u32 changes;
};

static struct active alone;
static struct active *active = &alone;

void active_share(void)
{
	void *p = mmap(NULL, sizeof(*active), PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (p != MAP_FAILED)
		active = p;
}

u64 active_ns(void)
{
	u64 state = active->state;

	return state & 1 ? state >> 1 : clock_ns() - (state >> 1);
}

u32 active_changes(void)
{
	return active->changes;
}

bool active_stop(void)
{
	u64 state = active->state;

	if (state & 1 || !atomic_compare_exchange_strong(
				 &active->state, &state,
				 (clock_ns() - (state >> 1)) << 1 | 1))
		return false;
	active->changes++;
	return true;
}

bool active_is_stopped(void)
{
	return active->state & 1;
}

void active_go_on(void)
{
	active->state = (clock_ns() - (active->state >> 1)) << 1;
	active->changes++;
}
