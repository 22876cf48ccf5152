// SPDX-License-Identifier: GPL-2.0-only
/* From the initramfs to the root disk. */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "init.h"

#define NEW_ROOT "/root"

static const char *const usual_disks[] = { "/dev/vda", "/dev/xvda", "/dev/sda",
					   "/dev/ubda" };
#define NDISKS (sizeof(usual_disks) / sizeof(usual_disks[0]))

/* "root=/dev/..." of the command line; NULL if it names none. */
static const char *named_disk(void)
{
	static char line[4096];
	FILE *f = fopen("/proc/cmdline", "re");
	char *root;

	if (!f || !fgets(line, sizeof(line), f))
		line[0] = '\0';
	if (f)
		fclose(f);
	root = strstr(line, "root=/dev/");
	if (!root || (root != line && root[-1] != ' '))
		return NULL;
	root += strlen("root=");
	root[strcspn(root, " \n")] = '\0';
	return root;
}

static const char *present_disk(const char *named)
{
	if (named)
		return access(named, F_OK) ? NULL : named;
	for (size_t i = 0; i < NDISKS; i++)
		if (!access(usual_disks[i], F_OK))
			return usual_disks[i];
	return NULL;
}

static bool disk_there(const char *named)
{
	return present_disk(named) != NULL;
}

static bool interface_there(const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "/sys/class/net/%.32s", name);
	return !access(path, F_OK);
}

const char *init_devices(const char *extif)
{
	const char *named = named_disk(), *disk;

	init_modules("/modules");
	if (!disk_there(named) || !interface_there(extif))
		init_modules("/modules.more");
	if (!init_wait(disk_there, named))
		init_die(
			"no root disk: %s did not appear within %d s; modules "
			"loaded: %s.  Does the backend attach "
			"rootfs/virtbench-root-N, and does the kernel have a "
			"driver for it (MODULES= in SETTINGS)?",
			named ? named : "/dev/vda", DEVICE_WAIT_S,
			init_modules_loaded());
	disk = present_disk(named);
	setenv(ENV_DISK, disk, 1);
	return disk;
}

static void mount_root(const char *disk)
{
	static const char *const types[] = { "ext3", "ext4" };
	int err = 0;

	for (size_t i = 0; i < 2; i++) {
		if (!mount(disk, NEW_ROOT, types[i], 0, NULL))
			return;
		/* The last one's: ENODEV says only that ext4 does ext3. */
		err = errno;
	}
	init_die(
		"cannot mount %s as ext3: %s.  The image is damaged or is not "
		"ext3 (delete rootfs/root.ext3 and run make rootfs), or the "
		"kernel has no ext4",
		disk, strerror(err));
}

/* The session's token, if the initramfs has one. */
static void take_token(void)
{
	char token[TOKEN_MAX] = "";
	FILE *f = fopen("/token", "re");

	if (!f)
		return;
	if (fgets(token, sizeof(token), f)) {
		token[strcspn(token, "\n")] = '\0';
		setenv(ENV_TOKEN, token, 1);
	}
	fclose(f);
	unlink("/token");
}

/* The initramfs is memory: what is not needed any more goes. */
static void empty_folder(const char *folder)
{
	char path[PATH_MAX];
	struct dirent *e;
	DIR *d = opendir(folder);

	while (d && (e = readdir(d))) {
		snprintf(path, sizeof(path), "%s/%s", folder, e->d_name);
		unlink(path);
	}
	if (d)
		closedir(d);
	rmdir(folder);
}

/* As switch_root(8): the initramfs cannot be unmounted, only covered. */
static void switch_root(void)
{
	static const char *const moved[] = { "/dev", "/proc", "/sys" };
	char to[32];

	empty_folder("/modules");
	empty_folder("/modules.more");
	unlink("/init");
	for (size_t i = 0; i < 3; i++) {
		snprintf(to, sizeof(to), NEW_ROOT "%s", moved[i]);
		if (mount(moved[i], to, NULL, MS_MOVE, NULL))
			init_die("cannot move %s to the root disk: %s",
				 moved[i], strerror(errno));
	}
	if (chdir(NEW_ROOT) || mount(".", "/", NULL, MS_MOVE, NULL) ||
	    chroot(".") || chdir("/"))
		init_die("cannot change to the root disk: %s", strerror(errno));
}

void init_from_initramfs(char **argv, const struct client_args *a)
{
	mount_root(init_devices(a->extif));
	take_token();
	switch_root();
	argv[0] = (char *)"/virtclient";
	execv(argv[0], argv);
	init_die("cannot execute /virtclient of the root disk: %s",
		 strerror(errno));
}

/* The kernel mounts root= read-only unless told "rw" (init/do_mounts.c), and the
 * benchmarks of writing want a folder on the disk. */
static void make_writable(void)
{
	struct statvfs st;

	if (statvfs("/", &st) || !(st.f_flag & ST_RDONLY))
		return;
	if (mount(NULL, "/", NULL, MS_REMOUNT, NULL))
		fprintf(stderr, "virtclient: / stays read-only: %s\n",
			strerror(errno));
}

void init_on_disk(void)
{
	const char *disk = present_disk(named_disk());

	if (disk)
		setenv(ENV_DISK, disk, 0);
	setenv(ENV_SCRATCH, "/", 0);
	make_writable();
}
