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
#define OPEN_FDS 16
#define TRIES 5
/* A folder without a lock that old was left by a kill at its making. */
#define LOCKLESS_S 600

static const char *parent(void)
{
	const char *dir = getenv("TMPDIR");

	return dir && *dir == '/' ? dir : "/tmp";
}

static int lock_file(const char *dir, int flags)
{
	char path[PATH_MAX];

	if (snprintf(path, sizeof(path), "%s/lock", dir) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | flags, 0600);

	return fd < 0 ? -errno : fd;
}

static int try_make(struct rundir *r)
{
	if (snprintf(r->path, sizeof(r->path), "%s/" PREFIX "XXXXXX",
		     parent()) >= (int)sizeof(r->path))
		return -ENAMETOOLONG;
	if (!mkdtemp(r->path))
		return -errno;
	r->lock = lock_file(r->path, O_CREAT | O_EXCL);
	if (r->lock >= 0 && !flock(r->lock, LOCK_EX | LOCK_NB))
		return 0;
	/* A sweep of another run came between; it has removed the folder. */
	if (r->lock >= 0)
		close(r->lock);
	return -EAGAIN;
}

int rundir_make(struct rundir *r)
{
	int ret = -EAGAIN;

	for (int i = 0; i < TRIES && ret == -EAGAIN; i++)
		ret = try_make(r);
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

/* Ours, and nobody else's: /tmp is everybody's. */
static bool is_ours(const char *path, struct stat *st)
{
	return !lstat(path, st) && S_ISDIR(st->st_mode) &&
	       st->st_uid == geteuid() && (st->st_mode & 0777) == 0700;
}

static void sweep_one(const char *path, void (*undo)(const char *path))
{
	struct stat st;
	int lock;

	if (!is_ours(path, &st))
		return;
	lock = lock_file(path, 0);
	if (lock == -ENOENT && time(NULL) - st.st_mtime > LOCKLESS_S)
		remove_tree(path);
	if (lock < 0)
		return;
	if (!flock(lock, LOCK_EX | LOCK_NB)) {
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
		if (strncmp(e->d_name, PREFIX, strlen(PREFIX)))
			continue;
		if (snprintf(path, sizeof(path), "%s/%s", parent(), e->d_name) <
		    (int)sizeof(path))
			sweep_one(path, undo);
	}
	if (d)
		closedir(d);
}
