// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "procfs.h"

static bool procfs_read(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = -1;

	if (fd >= 0) {
		n = read(fd, text, size - 1);
		close(fd);
	}
	text[n > 0 ? n : 0] = '\0';
	return n > 0;
}

/*
 * proc(5): "NSpid" has the pid in the namespace of this /proc and then in each
 * below it, down to the process's own.  Kernels without such namespaces have no
 * such line.
 */
bool procfs_status_is_ours(const char *status)
{
	const char *p = strstr(status, "\nNSpid:");
	char *end;

	if (!p)
		return true;
	p += strlen("\nNSpid:");
	strtol(p, &end, 10);
	return end != p && *end == '\n';
}

bool procfs_is_ours(void)
{
	char text[4096];

	return procfs_read("/proc/self/status", text, sizeof(text)) &&
	       procfs_status_is_ours(text);
}

/*
 * "CPU 0/KVM" of QEMU, "ALL CPUs/TCG" of its emulation in one thread, "kvm-vcpu-0"
 * of kvmtool, "vcpu0", "fc_vcpu 0".
 */
int procfs_vcpu_of(const char *name)
{
	const char *p = strstr(name, "vcpu");

	if (!strncmp(name, "ALL CPUs", 8))
		return 0;
	if (!p && strncmp(name, "CPU ", 4))
		return -1;
	p = p ? p + strlen("vcpu") : name + strlen("CPU");
	while (*p && !isdigit((unsigned char)*p))
		p++;
	return *p ? atoi(p) : -1;
}

static int procfs_vcpu(pid_t pid, const char *tid)
{
	char path[64], name[32];

	snprintf(path, sizeof(path), "/proc/%d/task/%.16s/comm", pid, tid);
	return procfs_read(path, name, sizeof(name)) ? procfs_vcpu_of(name) :
						       -1;
}

size_t procfs_threads(pid_t pid, struct procfs_thread **list)
{
	struct procfs_thread *more;
	struct dirent *e;
	char path[64];
	size_t n = 0;
	DIR *d;

	*list = NULL;
	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	d = procfs_is_ours() ? opendir(path) : NULL;
	while (d && (e = readdir(d))) {
		if (e->d_name[0] == '.')
			continue;
		more = realloc(*list, (n + 1) * sizeof(*more));
		if (!more)
			break;
		*list = more;
		(*list)[n++] = (struct procfs_thread){
			.tid = atoi(e->d_name),
			.vcpu = procfs_vcpu(pid, e->d_name),
		};
	}
	if (d)
		closedir(d);
	return n;
}

struct procfs_pids {
	pid_t *list;
	size_t n;
};

static void procfs_add(struct procfs_pids *p, pid_t pid)
{
	pid_t *more = realloc(p->list, (p->n + 1) * sizeof(*more));

	if (!more)
		return;
	p->list = more;
	p->list[p->n++] = pid;
}

/* proc(5), "children".  False if the kernel has no such file (CONFIG_PROC_CHILDREN). */
static bool procfs_listed(struct procfs_pids *p, pid_t pid, const char *tid)
{
	char path[64];
	pid_t child;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/task/%.16s/children", pid, tid);
	f = fopen(path, "re");
	if (!f)
		return false;
	while (fscanf(f, "%d", &child) == 1)
		procfs_add(p, child);
	fclose(f);
	return true;
}

static pid_t procfs_parent(const char *pid)
{
	char path[64], text[512], *after;
	int parent;

	snprintf(path, sizeof(path), "/proc/%.16s/stat", pid);
	if (!procfs_read(path, text, sizeof(text)))
		return -1;
	after = strrchr(text, ')');
	return after && sscanf(after, ") %*c %d", &parent) == 1 ? parent : -1;
}

static void procfs_scan(struct procfs_pids *p, pid_t pid)
{
	DIR *d = opendir("/proc");
	struct dirent *e;

	while (d && (e = readdir(d)))
		if (isdigit((unsigned char)e->d_name[0]) &&
		    procfs_parent(e->d_name) == pid)
			procfs_add(p, atoi(e->d_name));
	if (d)
		closedir(d);
}

size_t procfs_children(pid_t pid, pid_t **list)
{
	struct procfs_pids p = { 0 };
	bool listed = false;
	struct dirent *e;
	char path[64];
	DIR *d;

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	*list = NULL;
	d = opendir(path);
	if (!d)
		return 0;
	while ((e = readdir(d)))
		if (e->d_name[0] != '.')
			listed |= procfs_listed(&p, pid, e->d_name);
	closedir(d);
	if (!listed)
		procfs_scan(&p, pid);
	*list = p.list;
	return p.n;
}
