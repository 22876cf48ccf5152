// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdbool.h>
#include <stdlib.h>

#include "cpulist.h"

static bool usable(long cpu)
{
	cpu_set_t mine;

	return cpu >= 0 && cpu < CPU_SETSIZE &&
	       !sched_getaffinity(0, sizeof(mine), &mine) &&
	       CPU_ISSET(cpu, &mine);
}

int cpulist_parse(const char *text, int *cpus, int max, char *why, size_t size)
{
	const char *p = text;
	long first, last;
	char *end;
	int n = 0;

	for (;;) {
		first = last = strtol(p, &end, 10);
		if (end != p && *end == '-') {
			p = end + 1;
			last = strtol(p, &end, 10);
		}
		if (end == p || (*end && *end != ',') || last < first) {
			snprintf(why, size, "--cpus=%s: a list such as 0,2-3",
				 text);
			return -EINVAL;
		}
		for (; first <= last && n < max; first++) {
			if (!usable(first)) {
				snprintf(why, size,
					 "--cpus=%s: CPU %ld cannot "
					 "be used here",
					 text, first);
				return -EINVAL;
			}
			cpus[n++] = first;
		}
		if (!*end)
			return n;
		p = end + 1;
	}
}
