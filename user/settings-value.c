// SPDX-License-Identifier: GPL-2.0-only
/* What one setting means: seconds, a size, a path. */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "settings.h"

/* 64 TiB: anything above it is a typing error. */
#define MIB_MAX (64ull << 20)

int settings_seconds(const char *name, const char *text, double *v, char *why,
		     size_t size)
{
	char *end;

	*v = strtod(text, &end);
	if (end != text && !*end && *v > 0 && *v <= 86400)
		return 0;
	snprintf(why, size,
		 "%s=\"%s\" in SETTINGS or the environment is not a "
		 "number of seconds (above 0, at most 86400)",
		 name, text);
	return -EINVAL;
}

int settings_count(const char *name, const char *text, unsigned int most,
		   unsigned int *n, char *why, size_t size)
{
	unsigned long v;
	char *end;

	errno = 0;
	v = strtoul(text, &end, 10);
	if (*text >= '0' && *text <= '9' && !*end && !errno && v && v <= most) {
		*n = v;
		return 0;
	}
	snprintf(why, size,
		 "%s=\"%s\" in SETTINGS or the environment is not a whole "
		 "number from 1 to %u",
		 name, text, most);
	return -EINVAL;
}

/* How many KiB the unit at @end is, 0 if it is none; as of qemu(1)'s -m. */
static unsigned long long unit_kib(const char *end)
{
	static const char units[] = "kmgt";
	const char *unit;

	if (!*end)
		return 1024;
	unit = strchr(units, *end | 0x20);
	return unit && !end[1] ? 1ull << (10 * (unit - units)) : 0;
}

int settings_mib(const char *name, const char *text, unsigned long long *mib,
		 char *why, size_t size)
{
	unsigned long long n, unit;
	char *end;

	errno = 0;
	n = strtoull(text, &end, 10);
	unit = unit_kib(end);
	if (*text >= '0' && *text <= '9' && !errno && unit && n &&
	    n <= (MIB_MAX << 10) / unit && !(n * unit % 1024)) {
		*mib = n * unit / 1024;
		return 0;
	}
	snprintf(why, size,
		 "%s=\"%s\" in SETTINGS or the environment is not a size: write "
		 "a whole number and a unit, such as 256M or 2G (1536M for one "
		 "and a half G); without a unit it is in M",
		 name, text);
	return -EINVAL;
}

/* Settings that name a file or a folder. */
static bool is_path(const char *name, const char *text)
{
	static const char *const paths[] = { "KERNEL",	    "MODULES",
					     "LOGFILES",    "HOST_KERNEL",
					     "HOST_MODULES" };
	static const char *const programs[] = { "QEMU", "HOST_QEMU" };

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		if (!strcmp(name, paths[i]))
			return true;
	/* Without a slash, a program is looked for in $PATH. */
	for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++)
		if (!strcmp(name, programs[i]))
			return strchr(text, '/');
	return false;
}

static int make_absolute(const char *name, char *text, char *why, size_t size)
{
	char here[PATH_MAX], whole[PATH_MAX];
	const char *below = strncmp(text, "./", 2) ? text : text + 2;

	if (!getcwd(here, sizeof(here))) {
		snprintf(why, size,
			 "%s=%s is relative, and the current folder is not "
			 "known: %s",
			 name, text, strerror(errno));
		return -EINVAL;
	}
	if (snprintf(whole, sizeof(whole), "%s/%s", here, below) >=
	    (int)sizeof(whole)) {
		snprintf(why, size, "%s=%s: the whole path is too long", name,
			 text);
		return -EINVAL;
	}
	strcpy(text, whole);
	if (!setenv(name, text, 1))
		return 0;
	snprintf(why, size, "out of memory");
	return -ENOMEM;
}

int settings_path(const char *name, char *text, char *why, size_t size)
{
	if (!*text || *text == '/' || !is_path(name, text))
		return 0;
	return make_absolute(name, text, why, size);
}

int settings_paths_of_environment(char *why, size_t size)
{
	static const char *const names[] = { "TMPDIR", "VBENCH_DISK",
					     "VBENCH_SCRATCH" };
	char text[PATH_MAX];
	const char *value;
	int ret = 0;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]) && !ret; i++) {
		value = getenv(names[i]);
		if (!value || !*value || *value == '/')
			continue;
		snprintf(text, sizeof(text), "%s", value);
		ret = make_absolute(names[i], text, why, size);
	}
	return ret;
}
