// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <unistd.h>

#include "cpus.h"

/* Above any kernel's limit (NR_CPUS), which may be above CPU_SETSIZE. */
#define CPUS_MAX (1u << 20)

static struct {
	cpu_set_t *set;
	size_t size;
	u32 room; /* CPUs from 0 that @set has a bit for */
} allowed;

/* sched_getaffinity(2) fails with EINVAL as long as the kernel's set is larger. */
static void read_allowed(void)
{
	for (u32 room = CPU_SETSIZE; room <= CPUS_MAX; room *= 2) {
		allowed.set = CPU_ALLOC(room);
		allowed.size = CPU_ALLOC_SIZE(room);
		if (!allowed.set)
			return;
		if (!sched_getaffinity(0, allowed.size, allowed.set)) {
			allowed.room = room;
			return;
		}
		CPU_FREE(allowed.set);
		if (errno != EINVAL)
			return;
	}
}

static pthread_once_t once = PTHREAD_ONCE_INIT;

u32 cpus_usable(void)
{
	pthread_once(&once, read_allowed);
	return allowed.room ? CPU_COUNT_S(allowed.size, allowed.set) : 0;
}

bool cpus_may_use(u32 cpu)
{
	pthread_once(&once, read_allowed);
	return cpu < allowed.room && CPU_ISSET_S(cpu, allowed.size, allowed.set);
}

int cpus_bind(pid_t tid, const u32 *cpu, u32 n)
{
	u32 room = CPU_SETSIZE;
	cpu_set_t *set;
	size_t size;
	int ret;

	for (u32 i = 0; i < n; i++)
		if (cpu[i] >= room)
			room = cpu[i] + 1;
	set = CPU_ALLOC(room);
	if (!set)
		return -ENOMEM;
	size = CPU_ALLOC_SIZE(room);
	CPU_ZERO_S(size, set);
	for (u32 i = 0; i < n; i++)
		CPU_SET_S(cpu[i], size, set);
	ret = sched_setaffinity(tid, size, set) ? -errno : 0;
	CPU_FREE(set);
	return ret;
}

bool bind_thread(u32 nth)
{
	pthread_once(&once, read_allowed);
	for (u32 cpu = allowed.room; cpu-- > 0;)
		if (cpus_may_use(cpu) && !nth--)
			return !cpus_bind(0, &cpu, 1);
	return false;
}

bool bind_thread_in_turn(u32 nth)
{
	u32 n = cpus_usable();

	return n && bind_thread(nth % n);
}

const char *cpus_too_few(const struct benchmark *bench, char *why, size_t size)
{
	u32 usable = cpus_usable();
	long online = sysconf(_SC_NPROCESSORS_ONLN);

	if (bench->vcpus <= usable)
		return NULL;
	if (online > (long)usable)
		snprintf(why, size,
			 "needs %u CPUs in one machine, this one may use %u of "
			 "its %ld (taskset, --cpus=, a cpuset)",
			 bench->vcpus, usable, online);
	else
		snprintf(why, size,
			 "needs %u CPUs in one machine, this one has %u "
			 "(VCPUS= in SETTINGS)",
			 bench->vcpus, usable);
	return why;
}
