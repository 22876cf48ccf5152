// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "hostsched.h"

void hostsched_init(struct hostsched *h)
{
	h->n = 0;
}

static bool is_vcpu(pid_t pid, const char *tid)
{
	char path[64], name[32] = "";
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/task/%.16s/comm", pid, tid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	if (read(fd, name, sizeof(name) - 1) < 0)
		name[0] = '\0';
	close(fd);
	return !strncmp(name, "CPU ", 4);
}

static void add(struct hostsched *h, pid_t pid, const char *tid)
{
	char path[64];
	int fd;

	if (h->n == HOSTSCHED_THREADS)
		return;
	snprintf(path, sizeof(path), "/proc/%d/task/%.16s/schedstat", pid, tid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0)
		h->fd[h->n++] = fd;
}

static void add_threads(struct hostsched *h, pid_t pid, bool vcpus_only)
{
	struct dirent *e;
	char path[64];
	DIR *d;

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	d = opendir(path);
	while (d && (e = readdir(d)))
		if (e->d_name[0] != '.' &&
		    (!vcpus_only || is_vcpu(pid, e->d_name)))
			add(h, pid, e->d_name);
	if (d)
		closedir(d);
}

void hostsched_open(struct hostsched *h, pid_t pid)
{
	hostsched_close(h);
	add_threads(h, pid, true);
	if (!h->n)
		add_threads(h, pid, false);
}

void hostsched_close(struct hostsched *h)
{
	while (h->n)
		close(h->fd[--h->n]);
}

u64 hostsched_delay(const struct hostsched *h)
{
	u64 sum = 0, delay;
	char text[96];
	ssize_t n;

	for (u32 i = 0; i < h->n; i++) {
		n = pread(h->fd[i], text, sizeof(text) - 1, 0);
		text[n > 0 ? n : 0] = '\0';
		if (sscanf(text, "%*u %" SCNu64, &delay) == 1)
			sum += delay;
	}
	return sum;
}
