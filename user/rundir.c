// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "rundir.h"
#include "say.h"

#define PREFIX "vbench-"
#define RANDOM "XXXXXX"
#define OPEN_FDS 16
#define MARKER_MAX 128

static const char *parent(void)
{
	const char *dir = getenv("TMPDIR");

	return dir && *dir == '/' ? dir : "/tmp";
}

static int lock_open(const char *dir, int flags)
{
	char path[PATH_MAX];

	if (snprintf(path, sizeof(path), "%s/lock", dir) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | flags,
		      0600);

	return fd < 0 ? -errno : fd;
}

/*
 * The first line of the lock file.  It names the folder and its inode, so that
 * a copy of the folder, or one that was renamed to be kept, does not match.
 */
static void marker_text(char *text, const char *dir, const struct stat *st)
{
	snprintf(text, MARKER_MAX, "vbench run folder %.32s inode %llu\n",
		 strrchr(dir, '/') + 1, (unsigned long long)st->st_ino);
}

static int marker_write(int lock, const char *dir)
{
	char text[MARKER_MAX];
	struct stat st;

	if (lstat(dir, &st))
		return -errno;
	marker_text(text, dir, &st);
	if (write(lock, text, strlen(text)) != (ssize_t)strlen(text))
		return errno ? -errno : -ENOSPC;
	return 0;
}

static bool marker_matches(int lock, const char *dir, const struct stat *st)
{
	char want[MARKER_MAX], got[MARKER_MAX] = "";
	struct stat file;

	if (fstat(lock, &file) || !S_ISREG(file.st_mode) ||
	    file.st_uid != geteuid())
		return false;
	marker_text(want, dir, st);
	return pread(lock, got, sizeof(got) - 1, 0) > 0 && !strcmp(want, got);
}

/* The marker comes after the lock: no sweep takes a folder that has one only. */
static int furnish(struct rundir *r)
{
	r->lock = lock_open(r->path, O_CREAT | O_EXCL);
	if (r->lock < 0)
		return r->lock;
	if (flock(r->lock, LOCK_EX | LOCK_NB))
		return -errno;
	errno = 0;
	return marker_write(r->lock, r->path);
}

static void unfurnish(struct rundir *r)
{
	char path[PATH_MAX + 8];

	snprintf(path, sizeof(path), "%s/lock", r->path);
	if (r->lock >= 0) {
		unlink(path);
		close(r->lock);
	}
	rmdir(r->path);
}

int rundir_make(struct rundir *r)
{
	int ret = 0;

	r->lock = -1;
	if (snprintf(r->path, sizeof(r->path), "%s/" PREFIX RANDOM, parent()) >=
	    (int)sizeof(r->path))
		ret = -ENAMETOOLONG;
	else if (!mkdtemp(r->path))
		ret = -errno;
	else if ((ret = furnish(r)))
		unfurnish(r);
	if (!ret)
		return 0;
	r->path[0] = '\0';
	say("cannot make a folder in %s: %s (TMPDIR= names another place)",
	    parent(), strerror(-ret));
	return ret;
}

static int remove_one(const char *path, const struct stat *st, int type,
		      struct FTW *ftw)
{
	/* Go on: what cannot be removed is seen when the folder is not empty. */
	if (remove(path))
		say_detail("cannot remove %s: %s", path, strerror(errno));
	return 0;
}

static void remove_tree(const char *path)
{
	nftw(path, remove_one, OPEN_FDS, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
	if (!access(path, F_OK))
		say("could not remove %s: remove it by hand", path);
}

void rundir_remove(struct rundir *r)
{
	if (!r->path[0])
		return;
	remove_tree(r->path);
	if (r->lock >= 0)
		close(r->lock);
	r->path[0] = '\0';
	r->lock = -1;
}

/* Only this user's own: everybody can make folders in /tmp. */
static bool is_ours(const char *path, struct stat *st)
{
	return !lstat(path, st) && S_ISDIR(st->st_mode) &&
	       st->st_uid == geteuid() && (st->st_mode & 0777) == 0700;
}

/* A name that mkdtemp(3) makes of our template. */
static bool named_by_us(const char *name)
{
	return !strncmp(name, PREFIX, strlen(PREFIX)) &&
	       strlen(name) == strlen(PREFIX RANDOM);
}

static void sweep_one(const char *path, void (*undo)(const char *path))
{
	struct stat st;
	int lock;

	if (!is_ours(path, &st))
		return;
	lock = lock_open(path, 0);
	if (lock < 0)
		return;
	if (marker_matches(lock, path, &st) &&
	    !flock(lock, LOCK_EX | LOCK_NB)) {
		say("cleaning up after a run that was killed (%s)", path);
		if (undo)
			undo(path);
		remove_tree(path);
	}
	close(lock);
}

void rundir_sweep(void (*undo)(const char *path))
{
	DIR *d = opendir(parent());
	char path[PATH_MAX];
	struct dirent *e;

	while (d && (e = readdir(d))) {
		if (!named_by_us(e->d_name))
			continue;
		if (snprintf(path, sizeof(path), "%s/%s", parent(), e->d_name) <
		    (int)sizeof(path))
			sweep_one(path, undo);
	}
	if (d)
		closedir(d);
}
