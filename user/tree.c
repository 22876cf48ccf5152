// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "say.h"
#include "tree.h"

/* A folder on each level is open. */
#define DEPTH_MAX 128

static bool tree_empty(int fd, dev_t dev, unsigned int depth);

static bool tree_remove_folder(int parent, const char *name, dev_t dev,
			       unsigned int depth)
{
	int fd = openat(parent, name,
			O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;
	bool good;

	if (fd < 0 || depth == DEPTH_MAX || fstat(fd, &st) || st.st_dev != dev)
		good = false;
	else
		good = tree_empty(fd, dev, depth + 1);
	if (fd >= 0)
		close(fd);
	return good && !unlinkat(parent, name, AT_REMOVEDIR);
}

static bool tree_remove_entry(int parent, const char *name, dev_t dev,
			      unsigned int depth)
{
	if (!unlinkat(parent, name, 0))
		return true;
	if (errno == EISDIR && tree_remove_folder(parent, name, dev, depth))
		return true;
	say_detail("cannot remove %s", name);
	return false;
}

static bool tree_empty(int fd, dev_t dev, unsigned int depth)
{
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	DIR *d = copy < 0 ? NULL : fdopendir(copy);
	bool good = d;
	struct dirent *e;

	if (!d && copy >= 0)
		close(copy);
	/* Go on: what can be removed is. */
	while (d && (e = readdir(d)))
		if (strcmp(e->d_name, ".") && strcmp(e->d_name, ".."))
			good &= tree_remove_entry(fd, e->d_name, dev, depth);
	if (d)
		closedir(d);
	return good;
}

bool tree_remove(int parent, const char *name, int fd)
{
	struct stat st, now;

	if (fstat(fd, &st) || !tree_empty(fd, st.st_dev, 0))
		return false;
	if (fstatat(parent, name, &now, AT_SYMLINK_NOFOLLOW) ||
	    now.st_dev != st.st_dev || now.st_ino != st.st_ino)
		return false;
	return !unlinkat(parent, name, AT_REMOVEDIR);
}
