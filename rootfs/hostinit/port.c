// SPDX-License-Identifier: GPL-2.0-only
/* The virtio-serial port: its name is in sysfs, its device node in /dev. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "hostinit.h"

#define PORTS "/sys/class/virtio-ports"
#define WAIT_S 60

static bool is_ours(const char *device)
{
	char path[PATH_MAX], name[64] = "";
	FILE *f;

	snprintf(path, sizeof(path), PORTS "/%s/name", device);
	f = fopen(path, "re");
	if (!f)
		return false;
	if (fgets(name, sizeof(name), f))
		name[strcspn(name, "\n")] = '\0';
	fclose(f);
	return !strcmp(name, LINK_PORT);
}

static int try_open(void)
{
	char path[PATH_MAX];
	DIR *d = opendir(PORTS);
	struct dirent *e;
	int fd = -1;

	while (d && fd < 0 && (e = readdir(d))) {
		if (!is_ours(e->d_name))
			continue;
		snprintf(path, sizeof(path), "/dev/%s", e->d_name);
		fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	}
	if (d)
		closedir(d);
	return fd;
}

int port_open(void)
{
	struct timespec pause_for = { .tv_nsec = 10 * 1000 * 1000 };
	int fd;

	for (int i = 0; i < WAIT_S * 100; i++) {
		fd = try_open();
		if (fd >= 0)
			return fd;
		nanosleep(&pause_for, NULL);
	}
	die("no virtio-serial port \"" LINK_PORT "\" within %d s", WAIT_S);
}
