// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "rescue.h"
#include "rundir.h"
#include "say.h"
#include "tree.h"

#define PREFIX "vbench-"
#define RANDOM "XXXXXX"
#define MARKER_MAX 128

static const char *parent(void)
{
	const char *dir = getenv("TMPDIR");

	return dir && *dir == '/' ? dir : "/tmp";
}

/* O_PATH: the folder need not be readable. */
static int rundir_open_parent(void)
{
	return open(parent(), O_PATH | O_DIRECTORY | O_CLOEXEC);
}

/* Opens the folder @name in the folder @in. */
static int rundir_open(int in, const char *name)
{
	int fd = openat(in, name,
			O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

static int lock_open(int dir, int flags)
{
	int fd = openat(dir, "lock",
			O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | flags,
			0600);

	return fd < 0 ? -errno : fd;
}

/*
 * The first line of the lock file.  It names the folder and its inode, so that
 * a copy of the folder, or one that was renamed to be kept, does not match.
 */
static void marker_text(char *text, const char *name, const struct stat *st)
{
	snprintf(text, MARKER_MAX, "vbench run folder %.32s inode %llu\n", name,
		 (unsigned long long)st->st_ino);
}

static int marker_write(int lock, const char *name, const struct stat *st)
{
	char text[MARKER_MAX];

	marker_text(text, name, st);
	return rescue_write(lock, text, strlen(text));
}

static bool marker_matches(int lock, const char *name, const struct stat *st)
{
	char want[MARKER_MAX], got[MARKER_MAX] = "";
	struct stat file;

	if (fstat(lock, &file) || !S_ISREG(file.st_mode) ||
	    file.st_uid != geteuid())
		return false;
	marker_text(want, name, st);
	return pread(lock, got, sizeof(got) - 1, 0) > 0 && !strcmp(want, got);
}

static const char *rundir_name(const struct rundir *r)
{
	return strrchr(r->path, '/') + 1;
}

/* Locks first: a sweep that saw the marker without the lock would remove it. */
static int furnish(struct rundir *r)
{
	struct stat st;
	int in = rundir_open_parent();

	if (in < 0)
		return -errno;
	r->fd = rundir_open(in, rundir_name(r));
	close(in);
	if (r->fd < 0)
		return r->fd;
	if (fstat(r->fd, &st))
		return -errno;
	r->lock = lock_open(r->fd, O_CREAT | O_EXCL);
	if (r->lock < 0)
		return r->lock;
	if (flock(r->lock, LOCK_EX | LOCK_NB))
		return -errno;
	return marker_write(r->lock, rundir_name(r), &st);
}

int rundir_make(struct rundir *r)
{
	int ret = 0;

	r->lock = r->fd = -1;
	if (snprintf(r->path, sizeof(r->path), "%s/" PREFIX RANDOM, parent()) >=
	    (int)sizeof(r->path))
		ret = -ENAMETOOLONG;
	else if (!mkdtemp(r->path))
		ret = -errno;
	else if ((ret = furnish(r)))
		rundir_remove(r);
	if (!ret)
		return 0;
	r->path[0] = '\0';
	say("cannot make a folder in %s: %s (TMPDIR= names another place)",
	    parent(), strerror(-ret));
	return ret;
}

static void rundir_remove_in(int in, const char *name, int fd)
{
	if (!tree_remove(in, name, fd))
		say("could not remove all of %s/%s: remove it by hand",
		    parent(), name);
}

void rundir_remove(struct rundir *r)
{
	int in;

	if (!r->path[0])
		return;
	in = rundir_open_parent();
	if (in >= 0 && r->fd >= 0)
		rundir_remove_in(in, rundir_name(r), r->fd);
	else
		rmdir(r->path);
	if (in >= 0)
		close(in);
	if (r->fd >= 0)
		close(r->fd);
	if (r->lock >= 0)
		close(r->lock);
	r->path[0] = '\0';
	r->lock = r->fd = -1;
}

/* Every user can make folders in /tmp, so the owner is checked. */
static bool is_ours(int fd, struct stat *st)
{
	return !fstat(fd, st) && st->st_uid == geteuid() &&
	       (st->st_mode & 0777) == 0700;
}

/* Whether mkdtemp(3) could have made @name from our template. */
static bool named_by_us(const char *name)
{
	return !strncmp(name, PREFIX, strlen(PREFIX)) &&
	       strlen(name) == strlen(PREFIX RANDOM);
}

static void sweep_folder(int in, const char *name, int fd,
			 void (*undo)(const char *path))
{
	char path[PATH_MAX];
	struct stat st;
	int lock;

	if (!is_ours(fd, &st))
		return;
	lock = lock_open(fd, 0);
	if (lock < 0)
		return;
	if (marker_matches(lock, name, &st) && !flock(lock, LOCK_EX | LOCK_NB) &&
	    snprintf(path, sizeof(path), "%s/%s", parent(), name) <
		    (int)sizeof(path)) {
		say("cleaning up after a run that was killed (%s)", path);
		if (undo)
			undo(path);
		rundir_remove_in(in, name, fd);
	}
	close(lock);
}

void rundir_sweep(void (*undo)(const char *path))
{
	DIR *d = opendir(parent());
	struct dirent *e;
	int fd;

	while (d && (e = readdir(d))) {
		fd = named_by_us(e->d_name) ?
			     rundir_open(dirfd(d), e->d_name) :
			     -1;
		if (fd < 0)
			continue;
		sweep_folder(dirfd(d), e->d_name, fd, undo);
		close(fd);
	}
	if (d)
		closedir(d);
}
