// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "hostsched.h"

void hostsched_init(struct hostsched *h)
{
	*h = (struct hostsched){ 0 };
}

/* Threads may have ended since; anything else that fails makes the sum wrong. */
static bool hostsched_add(struct hostsched *h, pid_t tid)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/schedstat", tid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0)
		h->fd[h->n++] = fd;
	return fd >= 0 || errno == ENOENT;
}

void hostsched_open(struct hostsched *h, const struct procfs_thread *threads,
		    size_t n)
{
	bool vcpus_only = false;

	hostsched_close(h);
	h->fd = n ? malloc(n * sizeof(*h->fd)) : NULL;
	if (!h->fd)
		return;
	for (size_t i = 0; i < n; i++)
		vcpus_only |= threads[i].vcpu >= 0;
	for (size_t i = 0; i < n; i++)
		if ((!vcpus_only || threads[i].vcpu >= 0) &&
		    !hostsched_add(h, threads[i].tid)) {
			hostsched_close(h);
			return;
		}
}

void hostsched_close(struct hostsched *h)
{
	while (h->n)
		close(h->fd[--h->n]);
	free(h->fd);
	h->fd = NULL;
}

/*
 * A kernel without CONFIG_SCHEDSTATS says "0 0 0" of all.  The third is how often a
 * thread got a CPU; the first may still be 0 then.
 */
bool hostsched_delay(const struct hostsched *h, u64 *sum)
{
	bool counted = false;
	u64 delay, times;
	char text[96];
	ssize_t n;

	for (size_t i = 0; i < h->n; i++) {
		n = pread(h->fd[i], text, sizeof(text) - 1, 0);
		text[n > 0 ? n : 0] = '\0';
		if (sscanf(text, "%*u %" SCNu64 " %" SCNu64, &delay, &times) !=
		    2)
			return false;
		counted |= times > 0;
		*sum += delay;
	}
	return counted;
}
