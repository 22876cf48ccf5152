// SPDX-License-Identifier: GPL-2.0-only
/*
 * MemAvailable is the machine's.  A cgroup, or one above it, may allow less:
 * Documentation/admin-guide/cgroup-v2.rst and cgroup-v1/memory.rst.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "available.h"

#define LIMITS 2

struct version {
	const char *limits[LIMITS], *usage, *reclaimable, *events;
};

static const struct version v1 = { { "memory.limit_in_bytes" },
				   "memory.usage_in_bytes",
				   "total_inactive_file",
				   "memory.oom_control" };
/* Above memory.high, processes nearly stand still. */
static const struct version v2 = { { "memory.max", "memory.high" },
				   "memory.current",
				   "inactive_file",
				   "memory.events" };

/* The number after @key in a file of "key number" lines ("": the first word);
 * false if there is none, as of "max". */
static bool number_in(const char *path, const char *key, unsigned long long *n)
{
	FILE *f = fopen(path, "re");
	size_t len = strlen(key);
	bool found = false;
	char line[256];

	while (f && !found && fgets(line, sizeof(line), f))
		if (!strncmp(line, key, len) &&
		    (!len || line[len] == ' ' || line[len] == ':'))
			found = sscanf(line + len + (len > 0), "%llu", n) == 1;
	if (f)
		fclose(f);
	return found;
}

/* Whether the comma-separated @list has "memory". */
static bool has_memory(const char *list)
{
	size_t len;

	for (; *list; list += len + (list[len] == ',')) {
		len = strcspn(list, ",");
		if (len == 6 && !strncmp(list, "memory", len))
			return true;
	}
	return false;
}

/* This process's path in the hierarchy, from "ID:CONTROLLERS:PATH". */
static bool own_path(const char *root, bool want_v2, char *path)
{
	char name[PATH_MAX], line[PATH_MAX], list[256];
	bool found = false;
	FILE *f;

	snprintf(name, sizeof(name), "%s/proc/self/cgroup", root);
	f = fopen(name, "re");
	while (f && !found && fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = '\0';
		list[0] = '\0';
		if (!strchr(line, '/'))
			continue;
		sscanf(line, "%*d:%255[^:]", list);
		found = want_v2 ? !strncmp(line, "0::", 3) : has_memory(list);
		snprintf(path, PATH_MAX, "%s", strchr(line, '/'));
	}
	if (f)
		fclose(f);
	return found;
}

/* Where it is mounted, and which of its groups is there (a container's). */
static bool mounted_at(const char *root, bool want_v2, char *top, char *at)
{
	char name[PATH_MAX], line[3 * PATH_MAX], type[32], super[256];
	bool found = false;
	const char *dash;
	FILE *f;

	snprintf(name, sizeof(name), "%s/proc/self/mountinfo", root);
	f = fopen(name, "re");
	while (f && !found && fgets(line, sizeof(line), f)) {
		dash = strstr(line, " - ");
		if (!dash ||
		    sscanf(dash, " - %31s %*s %255s", type, super) != 2 ||
		    sscanf(line, "%*d %*d %*s %4095s %4095s", top, at) != 2)
			continue;
		found = want_v2 ? !strcmp(type, "cgroup2") :
				  !strcmp(type, "cgroup") && has_memory(super);
	}
	if (f)
		fclose(f);
	return found;
}

/* The length of a file's name in a group's folder is small. */
#define FILE_MAX (PATH_MAX + 64)

static void look_at_limit(struct available *m, const char *path,
			  unsigned long long usage)
{
	unsigned long long limit, mib;

	if (!number_in(path, "", &limit))
		return;
	mib = limit > usage ? (limit - usage) >> 20 : 0;
	if (mib >= m->mib)
		return;
	m->mib = mib;
	m->limit_mib = limit >> 20;
	snprintf(m->limit, sizeof(m->limit), "%.4095s", path);
}

static void look_at_group(struct available *m, const struct version *v,
			  const char *dir)
{
	unsigned long long usage = 0, reclaimable = 0;
	char path[FILE_MAX];

	snprintf(path, sizeof(path), "%s/memory.stat", dir);
	number_in(path, v->reclaimable, &reclaimable);
	snprintf(path, sizeof(path), "%s/%s", dir, v->usage);
	number_in(path, "", &usage);
	usage -= reclaimable < usage ? reclaimable : usage;
	for (size_t i = 0; i < LIMITS && v->limits[i]; i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, v->limits[i]);
		look_at_limit(m, path, usage);
	}
}

/* From this process's group up to the mount point. */
static bool look_at_groups(struct available *m, const struct version *v,
			   const char *root)
{
	char own[PATH_MAX], top[PATH_MAX], at[PATH_MAX], dir[PATH_MAX];
	bool second = v == &v2;
	const char *below = own;
	size_t base;

	if (!own_path(root, second, own) || !mounted_at(root, second, top, at))
		return false;
	if (strcmp(top, "/") && !strncmp(own, top, strlen(top)))
		below = own + strlen(top);
	base = snprintf(dir, sizeof(dir), "%.1000s%.1000s", root, at);
	snprintf(dir + base, sizeof(dir) - base, "%.1000s",
		 strcmp(below, "/") ? below : "");
	snprintf(m->events, sizeof(m->events), "%.4000s/%s", dir, v->events);
	while (strlen(dir) >= base) {
		look_at_group(m, v, dir);
		if (!strrchr(dir, '/'))
			break;
		*strrchr(dir, '/') = '\0';
	}
	return true;
}

void available_read(struct available *m, const char *root)
{
	unsigned long long kib = 0;
	char path[PATH_MAX];

	memset(m, 0, sizeof(*m));
	snprintf(path, sizeof(path), "%s/proc/meminfo", root);
	if (!number_in(path, "MemAvailable", &kib))
		return;
	m->mib = kib >> 10;
	if (!look_at_groups(m, &v1, root))
		look_at_groups(m, &v2, root);
}

unsigned long long available_kills(const struct available *m)
{
	unsigned long long n = 0;

	if (!m->events[0] || !number_in(m->events, "oom_kill", &n))
		number_in("/proc/vmstat", "oom_kill", &n);
	return n;
}
