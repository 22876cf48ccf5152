// SPDX-License-Identifier: GPL-2.0-only
/* Whose scripts are run: a folder that happens to be here may be anybody's. */
#include <dirent.h>
#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "caller.h"
#include "trust.h"

/* Who can write this program has the right to all that it does. */
static bool trust_owns_program(uid_t uid)
{
	struct stat st;

	return !stat("/proc/self/exe", &st) && st.st_uid == uid;
}

static bool trust_user(uid_t uid)
{
	return !uid || uid == geteuid() || caller_is(uid) ||
	       trust_owns_program(uid);
}

/* A group of the owner alone, as Debian and Fedora make for each user; with it
 * comes umask 002 (USERGROUPS_ENAB in login.defs(5)). */
static bool trust_group(const struct stat *st)
{
	const struct passwd *pw = getpwuid(st->st_uid);
	const struct group *gr = getgrgid(st->st_gid);

	return pw && gr && pw->pw_gid == st->st_gid && !gr->gr_mem[0] &&
	       !strcmp(pw->pw_name, gr->gr_name);
}

static bool trust_mode(const struct stat *st)
{
	/* Nobody can rename or remove there what is another's. */
	if (S_ISDIR(st->st_mode) && (st->st_mode & S_ISVTX))
		return true;
	if (st->st_mode & S_IWOTH)
		return false;
	return !(st->st_mode & S_IWGRP) || trust_group(st);
}

static const char *trust_name(uid_t uid, char *text, size_t size)
{
	const struct passwd *pw = getpwuid(uid);

	if (pw)
		snprintf(text, size, "%s", pw->pw_name);
	else
		snprintf(text, size, "user %u", uid);
	return text;
}

static int trust_one(const char *path, char *why, size_t size)
{
	char owner[64];
	struct stat st;

	/* Something that is not there is nobody's. */
	if (stat(path, &st))
		return errno == ENOENT ? 0 : -errno;
	if (trust_user(st.st_uid) && trust_mode(&st))
		return 0;
	trust_name(st.st_uid, owner, sizeof(owner));
	if (!trust_user(st.st_uid))
		snprintf(why, size,
			 "%s belongs to %s: vbench runs scripts only where they "
			 "belong to root, to you or to the user who called sudo "
			 "(read them, then chown -R %u %s)",
			 path, owner, geteuid(), path);
	else
		snprintf(why, size,
			 "%s of %s can be written by other users, so vbench "
			 "does not run it: chmod go-w %s",
			 path, owner, path);
	return -EPERM;
}

static int trust_parent(const char *path, char *why, size_t size)
{
	char dir[PATH_MAX];
	char *slash;

	snprintf(dir, sizeof(dir), "%s", path);
	slash = strrchr(dir, '/');
	if (!slash)
		return 0;
	slash[slash == dir] = '\0';
	return trust_one(dir, why, size);
}

/* A link leads to a folder that has an owner as well. */
static int trust_entry(const char *path, char *why, size_t size)
{
	char real[PATH_MAX];
	int ret;

	if (!realpath(path, real))
		return errno == ENOENT ? 0 : -errno;
	ret = trust_one(real, why, size);
	if (!ret && strcmp(real, path))
		ret = trust_parent(real, why, size);
	return ret;
}

/* Scripts read files beside them, such as a SETTINGS of their own. */
static int trust_entries(const char *dir, char *why, size_t size)
{
	char path[PATH_MAX];
	struct dirent *e;
	DIR *d = opendir(dir);
	int ret = d ? 0 : -errno;

	while (!ret && (e = readdir(d))) {
		if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
			continue;
		if (snprintf(path, sizeof(path), "%s/%s", dir, e->d_name) >=
		    (int)sizeof(path))
			ret = -ENAMETOOLONG;
		else
			ret = trust_entry(path, why, size);
	}
	if (d)
		closedir(d);
	return ret;
}

int trust_folder(const char *dir, char *why, size_t size)
{
	int ret;

	why[0] = '\0';
	ret = trust_parent(dir, why, size);
	if (!ret)
		ret = trust_one(dir, why, size);
	if (!ret)
		ret = trust_entries(dir, why, size);
	if (ret && !why[0])
		snprintf(why, size, "cannot look at the scripts in %s: %s", dir,
			 strerror(-ret));
	return ret;
}
