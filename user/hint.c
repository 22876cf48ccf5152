// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "hint.h"

static int is_set(const char *sysctl)
{
	int fd = open(sysctl, O_RDONLY | O_CLOEXEC);
	char c = '0';

	if (fd < 0)
		return 0;
	if (read(fd, &c, 1) != 1)
		c = '0';
	close(fd);
	return c != '0';
}

const char *hint_namespaces(int err, const char *apparmor)
{
	if ((err != -EPERM && err != -EACCES) || !is_set(apparmor))
		return "";
	return ": AppArmor restricts users' namespaces here "
	       "(kernel.apparmor_restrict_unprivileged_userns=1, as in Ubuntu): "
	       "run vbench as root, or allow them (sudo sysctl "
	       "kernel.apparmor_restrict_unprivileged_userns=0), or use the "
	       "existing network with --ifname=lo";
}

bool hint_in_chroot(const char *mounts)
{
	bool some = false, root = false;
	char line[4096], point[8];
	FILE *f = fopen(mounts, "re");

	if (!f)
		return false;
	/* proc(5): the fifth field is the mount point. */
	while (!root && fgets(line, sizeof(line), f))
		if (sscanf(line, "%*d %*d %*s %*s %7s", point) == 1) {
			some = true;
			root = !strcmp(point, "/");
		}
	fclose(f);
	return some && !root;
}

const char *hint_exec(int err)
{
	if (err == -ENOENT)
		return " (does the program in its #! line exist?)";
	if (err == -ENOEXEC)
		return " (does it begin with a #! line?)";
	/* Files for what the script prints. */
	return hint_space(err);
}

const char *hint_space(int err)
{
	if (err != -ENOSPC && err != -EDQUOT)
		return "";
	return " (TMPDIR= names another place for the run's folder)";
}
