// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "hostinit.h"

#define P9 "trans=virtio,version=9p2000.L,msize=262144,"

static void must_mount(const char *what, const char *dir, const char *type,
		       const char *options)
{
	mkdir(dir, 0755);
	if (mount(what, dir, type, 0, options) && errno != EBUSY)
		die("cannot mount %s (%s) on %s: %s", what, type, dir,
		    strerror(errno));
}

void mounts_early(void)
{
	int fd;

	must_mount("devtmpfs", "/dev", "devtmpfs", NULL);
	fd = open("/dev/console", O_RDWR | O_CLOEXEC);
	if (fd >= 0) {
		dup2(fd, STDIN_FILENO);
		dup2(fd, STDOUT_FILENO);
		dup2(fd, STDERR_FILENO);
	}
	must_mount("proc", "/proc", "proc", NULL);
	must_mount("sysfs", "/sys", "sysfs", NULL);
}

/* /modules.dir, from mkinitramfs, names the folder of this kernel's modules. */
static void read_modules_dir(char *dir)
{
	FILE *f = fopen("/modules.dir", "re");

	dir[0] = '\0';
	if (!f)
		return;
	if (fgets(dir, PATH_MAX, f))
		dir[strcspn(dir, "\n")] = '\0';
	fclose(f);
}

/* Where modprobe(8) looks for them. */
static void show_modules(const char *dir)
{
	char place[128];
	struct utsname u;

	if (!*dir || uname(&u))
		return;
	snprintf(place, sizeof(place), "/lib/modules/%s", u.release);
	if (!strcmp(dir, place))
		return;
	mkdir("/lib/modules", 0755);
	mkdir(place, 0755);
	if (mount(dir, place, NULL, MS_BIND, NULL))
		fprintf(stderr, "hostinit: cannot show %s as %s: %s\n", dir,
			place, strerror(errno));
}

/* As switch_root(8): the initramfs cannot be unmounted, only covered. */
static void switch_root(const char *root)
{
	static const char *const moved[] = { "/dev", "/proc", "/sys" };
	char to[32];

	for (size_t i = 0; i < sizeof(moved) / sizeof(moved[0]); i++) {
		snprintf(to, sizeof(to), "%s%s", root, moved[i]);
		mkdir(to, 0755);
		if (mount(moved[i], to, NULL, MS_MOVE, NULL))
			die("cannot move %s to the new root: %s", moved[i],
			    strerror(errno));
	}
	if (chdir(root) || mount(".", "/", NULL, MS_MOVE, NULL) ||
	    chroot(".") || chdir("/"))
		die("cannot change to the new root: %s", strerror(errno));
}

/* What a running system has; tools complain themselves where one is not. */
static void mount_rest(void)
{
	static const struct {
		const char *type, *dir;
	} rest[] = {
		{ "devpts", "/dev/pts" },
		{ "tmpfs", "/dev/shm" },
		{ "securityfs", "/sys/kernel/security" },
		{ "tracefs", "/sys/kernel/tracing" },
		{ "debugfs", "/sys/kernel/debug" },
		{ "bpf", "/sys/fs/bpf" },
		{ "cgroup2", "/sys/fs/cgroup" },
	};

	for (size_t i = 0; i < sizeof(rest) / sizeof(rest[0]); i++) {
		mkdir(rest[i].dir, 0755);
		mount(rest[i].type, rest[i].dir, rest[i].type, 0, NULL);
	}
}

void mounts_root(void)
{
	char modules[PATH_MAX];

	read_modules_dir(modules);
	must_mount(LINK_ROOT_TAG, "/lower", "9p", P9 "cache=loose,ro");
	must_mount("tmpfs", "/upper", "tmpfs", NULL);
	mkdir("/upper/data", 0755);
	mkdir("/upper/work", 0755);
	must_mount("overlay", "/root", "overlay",
		   "lowerdir=/lower,upperdir=/upper/data,workdir=/upper/work");
	switch_root("/root");
	mount_rest();
	show_modules(modules);
}

static void make_folders(const char *path)
{
	char part[PATH_MAX];

	for (const char *p = strchr(path + 1, '/'); p; p = strchr(p + 1, '/')) {
		snprintf(part, sizeof(part), "%.*s", (int)(p - path), path);
		mkdir(part, 0755);
	}
	mkdir(path, 0755);
}

void mounts_share(unsigned int n, const char *path)
{
	char tag[32];

	snprintf(tag, sizeof(tag), LINK_SHARE_TAG "%u", n);
	make_folders(path);
	must_mount(tag, path, "9p", P9 "cache=none");
}
