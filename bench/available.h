/* SPDX-License-Identifier: GPL-2.0-only */
/* The memory that this process and its children may still take. */
#ifndef VBENCH_AVAILABLE_H
#define VBENCH_AVAILABLE_H

#include <limits.h>

struct available {
	unsigned long long mib; /* available; 0 without @limit: not known */
	/* The cgroup's file that limits it to that; "": none does. */
	char limit[PATH_MAX];
	unsigned long long limit_mib; /* the limit in that file */
	/* The file that counts processes that the kernel killed in the group. */
	char events[PATH_MAX];
};

/* @root: "" but in a test, which has folders of its own for /proc and cgroups. */
void available_read(struct available *m, const char *root);

/* How many processes of this one's cgroup, or without one of the machine, the
 * kernel has killed so far for want of memory. */
unsigned long long available_kills(const struct available *m);

#endif
