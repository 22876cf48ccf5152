// SPDX-License-Identifier: GPL-2.0-only
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "paths.h"
#include "say.h"

static bool holds_data(const char *dir)
{
	char path[PATH_MAX];

	return snprintf(path, sizeof(path), "%s/SETTINGS", dir) <
		       (int)sizeof(path) &&
	       !access(path, R_OK) &&
	       snprintf(path, sizeof(path), "%s/backends", dir) <
		       (int)sizeof(path) &&
	       !access(path, X_OK);
}

static bool try(char *dir, size_t size, const char *base, const char *below)
{
	return snprintf(dir, size, "%s%s", base, below) < (int)size &&
	       holds_data(dir);
}

const char *data_dir(void)
{
	static char dir[PATH_MAX];
	char exe[PATH_MAX];
	ssize_t n;

	if (dir[0])
		return dir;
	n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
	exe[n > 0 ? n : 0] = '\0';
	if (strrchr(exe, '/'))
		*strrchr(exe, '/') = '\0';
	if (try(dir, sizeof(dir), exe, "") ||
	    try(dir, sizeof(dir), exe, "/../lib/vbench") ||
	    try(dir, sizeof(dir), VBENCH_PREFIX, "/lib/vbench"))
		return dir;
	dir[0] = '\0';
	if (n <= 0) {
		say("cannot find vbench's own files, because /proc/self/exe "
		    "cannot be read: mount -t proc proc /proc");
		return NULL;
	}
	say("cannot find SETTINGS and backends/, neither beside %s/vbench nor "
	    "in %s/lib/vbench: install again (make install)",
	    exe, VBENCH_PREFIX);
	return NULL;
}
