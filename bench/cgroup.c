// SPDX-License-Identifier: GPL-2.0-only
/*
 * Documentation/admin-guide/cgroup-v2.rst: a group's limit holds for all below
 * it, so each of a process's groups up to the mount point counts.  Version 1 has
 * the same files under other names, in a mount of its own.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cgroup.h"

struct cgroup_files {
	const char *mount; /* below the one of all */
	const char *limit, *usage;
	/* Of memory.stat: the part that the kernel takes back before it kills. */
	const char *cached;
};

static const struct cgroup_files version_1 = {
	"/memory", "memory.limit_in_bytes", "memory.usage_in_bytes",
	"total_inactive_file "
};
static const struct cgroup_files version_2 = { "", "memory.max",
					       "memory.current",
					       "inactive_file " };

/* The number after @key in a line of @dir/@name; @otherwise where there is none. */
static u64 cgroup_number(const char *dir, const char *name, const char *key,
			 u64 otherwise)
{
	char path[PATH_MAX + 64], line[256], *end;
	size_t len = strlen(key);
	bool found = false;
	u64 value = 0;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "re");
	while (f && !found && fgets(line, sizeof(line), f)) {
		if (strncmp(line, key, len))
			continue;
		value = strtoull(line + len, &end, 10);
		found = end != line + len;
	}
	if (f)
		fclose(f);
	return found ? value : otherwise;
}

static u64 cgroup_left_in(const char *dir, const struct cgroup_files *files)
{
	u64 limit = cgroup_number(dir, files->limit, "", UINT64_MAX);
	u64 used, cached;

	/* Version 1 writes "no limit" as a number of pages below 2^63 bytes. */
	if (limit >= INT64_MAX / 2)
		return UINT64_MAX;
	used = cgroup_number(dir, files->usage, "", 0);
	cached = cgroup_number(dir, "memory.stat", files->cached, 0);
	used -= cached < used ? cached : used;
	return used < limit ? limit - used : 0;
}

/* In @group and all above it. */
static u64 cgroup_left_up(const char *mount, const struct cgroup_files *files,
			  const char *group)
{
	u64 least = UINT64_MAX, left;
	char dir[PATH_MAX];
	size_t top;

	top = snprintf(dir, sizeof(dir), "%s%s", mount, files->mount);
	if (top + strlen(group) >= sizeof(dir))
		return least;
	strcpy(dir + top, group);
	for (;;) {
		left = cgroup_left_in(dir, files);
		if (left < least)
			least = left;
		if (strlen(dir) <= top)
			return least;
		*strrchr(dir, '/') = '\0';
	}
}

/* Lines such as "0::/group" (version 2) and "4:cpu,memory:/group" (1). */
u64 cgroup_memory_left(const char *list, const char *mount)
{
	char line[PATH_MAX + 128], *names, *group;
	u64 least = UINT64_MAX, left = UINT64_MAX;
	FILE *f = fopen(list, "re");

	while (f && fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = '\0';
		names = strchr(line, ':');
		group = names ? strchr(names + 1, ':') : NULL;
		if (!group || group[1] != '/')
			continue;
		*group++ = '\0';
		if (!strcmp(line, "0:"))
			left = cgroup_left_up(mount, &version_2, group);
		else if (strstr(names, "memory"))
			left = cgroup_left_up(mount, &version_1, group);
		if (left < least)
			least = left;
	}
	if (f)
		fclose(f);
	return least;
}
