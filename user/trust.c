// SPDX-License-Identifier: GPL-2.0-only
/* Decides whose scripts vbench runs: the current folder may be anybody's. */
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

#define LINKS_MAX 40 /* the kernel's limit: path_resolution(7) */
/* Nested folders in a backend's folder, also through links. */
#define DEPTH_MAX 16
/* The kernel's DEFAULT_OVERFLOWUID. */
#define OVERFLOW_UID 65534

/* This program's owner could make it do anything anyway. */
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

/* Some systems list a group's owner as a member: root:x:0:root. */
static bool trust_only_member(const struct group *gr, const char *user)
{
	for (char **member = gr->gr_mem; *member; member++)
		if (strcmp(*member, user))
			return false;
	return true;
}

/* Whether the owner is the group's only member.  Debian and Fedora make such a
 * group for each user, and set umask 002 (USERGROUPS_ENAB in login.defs(5)). */
static bool trust_group(const struct stat *st)
{
	const struct passwd *pw = getpwuid(st->st_uid);
	const struct group *gr = getgrgid(st->st_gid);

	return pw && gr && pw->pw_gid == st->st_gid &&
	       !strcmp(pw->pw_name, gr->gr_name) &&
	       trust_only_member(gr, pw->pw_name);
}

/* Whether @uid only stands for users that this user namespace does not have, such
 * as root: their files all show OVERFLOW_UID (user_namespaces(7)). */
static bool trust_unmapped(uid_t uid)
{
	unsigned long first, outside, n;
	bool unmapped = true;
	FILE *f;

	f = uid == OVERFLOW_UID ? fopen("/proc/self/uid_map", "re") : NULL;
	if (!f)
		return false;
	while (fscanf(f, "%lu %lu %lu", &first, &outside, &n) == 3)
		unmapped &= uid < first || uid - first >= n;
	fclose(f);
	return unmapped;
}

/* @above: @st is a folder above the file that is checked. */
static bool trust_owner(const struct stat *st, bool above)
{
	return trust_user(st->st_uid) || (above && trust_unmapped(st->st_uid));
}

static bool trust_is_sticky(const struct stat *st)
{
	return S_ISDIR(st->st_mode) && st->st_mode & S_ISVTX;
}

bool trust_others_write(const struct stat *st)
{
	if (st->st_mode & S_IWOTH)
		return true;
	return st->st_mode & S_IWGRP && !trust_group(st);
}

static bool trust_mode(const struct stat *st, bool above)
{
	/* In a sticky folder nobody can rename or remove another user's files. */
	if (above && trust_is_sticky(st))
		return true;
	return !trust_others_write(st);
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

static int trust_one(const char *path, const struct stat *st, bool above,
		     char *why, size_t size)
{
	char owner[64];

	if (trust_owner(st, above) && trust_mode(st, above))
		return 0;
	trust_name(st->st_uid, owner, sizeof(owner));
	if (trust_owner(st, above))
		snprintf(why, size,
			 "%s of %s can be written by other users, so vbench "
			 "runs nothing %s: chmod go-w %s",
			 path, owner,
			 above			? "below it" :
			 S_ISDIR(st->st_mode) ? "in it" :
						  "of it",
			 path);
	else if (above)
		snprintf(why, size,
			 "%s belongs to %s, who could replace everything below "
			 "it: move the backend to a folder of your own",
			 path, owner);
	else
		snprintf(why, size,
			 "%s belongs to %s: vbench runs only scripts of root, "
			 "of you or of the user who called sudo (read them, "
			 "then chown -R %u %s)",
			 path, owner, geteuid(), path);
	return -EPERM;
}

/* The state of a walk along a path. */
struct trust_walk {
	char done[PATH_MAX]; /* without symbolic links */
	char rest[PATH_MAX];
	unsigned int links;
};

/* Whether everybody can make links in the folder that the walk has reached. */
static bool trust_in_sticky(const struct trust_walk *w)
{
	struct stat st;

	return lstat(w->done[0] ? w->done : "/", &st) || trust_is_sticky(&st);
}

/* Puts the target of the link @path in front of the rest. */
static int trust_follow(struct trust_walk *w, const char *path,
			const struct stat *st, char *why, size_t size)
{
	char target[PATH_MAX], rest[PATH_MAX], owner[64];
	ssize_t n = readlink(path, target, sizeof(target) - 1);

	if (n < 0)
		return -errno;
	if (++w->links > LINKS_MAX)
		return -ELOOP;
	/* In other folders only the folder's owner can replace a link. */
	if (trust_in_sticky(w) && !trust_user(st->st_uid)) {
		snprintf(why, size, "%s is a link that belongs to %s", path,
			 trust_name(st->st_uid, owner, sizeof(owner)));
		return -EPERM;
	}
	target[n] = '\0';
	if (snprintf(rest, sizeof(rest), "%s/%s", target, w->rest) >=
	    (int)sizeof(rest))
		return -ENAMETOOLONG;
	memcpy(w->rest, rest, sizeof(rest));
	if (target[0] == '/')
		w->done[0] = '\0';
	return 0;
}

/* Moves the first name of the rest to @name; "" if there is none left. */
static void trust_next_name(struct trust_walk *w, char *name)
{
	const char *begin = w->rest + strspn(w->rest, "/");
	size_t len = strcspn(begin, "/");

	snprintf(name, PATH_MAX, "%.*s", (int)len, begin);
	begin += len;
	begin += strspn(begin, "/");
	memmove(w->rest, begin, strlen(begin) + 1);
}

static int trust_step(struct trust_walk *w, const char *name, char *why,
		      size_t size)
{
	char path[PATH_MAX];
	struct stat st;
	int ret;

	if (!strcmp(name, "."))
		return 0;
	if (!strcmp(name, "..")) {
		if (strrchr(w->done, '/'))
			*strrchr(w->done, '/') = '\0';
		return 0;
	}
	if (snprintf(path, sizeof(path), "%s/%s", w->done, name) >=
	    (int)sizeof(path))
		return -ENAMETOOLONG;
	if (lstat(path, &st))
		return -errno;
	if (S_ISLNK(st.st_mode))
		return trust_follow(w, path, &st, why, size);
	ret = trust_one(path, &st, w->rest[0] != '\0', why, size);
	memcpy(w->done, path, sizeof(path));
	return ret;
}

int trust_path(const char *path, char *why, size_t size)
{
	struct trust_walk w = { 0 };
	char name[PATH_MAX];
	struct stat st;
	int ret;

	why[0] = '\0';
	snprintf(w.rest, sizeof(w.rest), "%s", path);
	ret = stat("/", &st) ? -errno : trust_one("/", &st, true, why, size);
	while (!ret) {
		trust_next_name(&w, name);
		if (!name[0])
			return 0;
		ret = trust_step(&w, name, why, size);
	}
	/* trust.h: a missing file is no fault. */
	if (ret == -ENOENT)
		return 0;
	if (!why[0])
		snprintf(why, size, "cannot check %s: %s", path,
			 strerror(-ret));
	return ret;
}

static int trust_entries(const char *dir, unsigned int depth, char *why,
			 size_t size);

/* Scripts read files beside them, such as a SETTINGS of their own. */
static int trust_entry(const char *path, unsigned int depth, char *why,
		       size_t size)
{
	int ret = trust_path(path, why, size);
	struct stat st;

	/* A link may lead to a folder; DEPTH_MAX ends loops of links. */
	if (!ret && !stat(path, &st) && S_ISDIR(st.st_mode))
		ret = trust_entries(path, depth + 1, why, size);
	return ret;
}

static int trust_entries(const char *dir, unsigned int depth, char *why,
			 size_t size)
{
	DIR *d = depth < DEPTH_MAX ? opendir(dir) : NULL;
	int ret = d ? 0 : depth < DEPTH_MAX ? -errno : -ELOOP;
	char path[PATH_MAX];
	struct dirent *e;

	while (!ret && (e = readdir(d))) {
		if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
			continue;
		if (snprintf(path, sizeof(path), "%s/%s", dir, e->d_name) >=
		    (int)sizeof(path))
			ret = -ENAMETOOLONG;
		else
			ret = trust_entry(path, depth, why, size);
	}
	if (d)
		closedir(d);
	return ret;
}

int trust_folder(const char *dir, char *why, size_t size)
{
	int ret;

	ret = trust_path(dir, why, size);
	if (!ret)
		ret = trust_entries(dir, 0, why, size);
	if (ret && !why[0])
		snprintf(why, size, "cannot check the scripts in %s: %s", dir,
			 strerror(-ret));
	return ret;
}
