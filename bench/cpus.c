// SPDX-License-Identifier: GPL-2.0-only
#include <pthread.h>
#include <sched.h>

#include "cpus.h"

static cpu_set_t allowed;

static void read_allowed(void)
{
	if (sched_getaffinity(0, sizeof(allowed), &allowed))
		CPU_ZERO(&allowed);
}

static pthread_once_t once = PTHREAD_ONCE_INIT;

bool bind_thread(u32 nth)
{
	cpu_set_t one;

	pthread_once(&once, read_allowed);
	for (int cpu = CPU_SETSIZE - 1; cpu >= 0; cpu--) {
		if (!CPU_ISSET(cpu, &allowed) || nth--)
			continue;
		CPU_ZERO(&one);
		CPU_SET(cpu, &one);
		return !sched_setaffinity(0, sizeof(one), &one);
	}
	return false;
}

bool bind_thread_in_turn(u32 nth)
{
	int n;

	pthread_once(&once, read_allowed);
	n = CPU_COUNT(&allowed);
	return n && bind_thread(nth % n);
}
