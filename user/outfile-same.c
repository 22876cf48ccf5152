// SPDX-License-Identifier: GPL-2.0-only
/* Whether two outputs would mix, or one replace the file that another writes. */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "outfile.h"

/* Terminals and other devices may be written by several. */
static bool outfile_is_same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino &&
	       (S_ISREG(a->st_mode) || S_ISFIFO(a->st_mode) ||
		S_ISSOCK(a->st_mode));
}

static bool outfile_fd_is(int fd, const struct stat *st)
{
	struct stat other;

	return !fstat(fd, &other) && outfile_is_same(st, &other);
}

bool outfile_is_fd(const struct outfile *f, int fd)
{
	struct stat st;

	return f->standard == fd ||
	       (outfile_is_stream(f) && !fstat(f->fd, &st) &&
		outfile_fd_is(fd, &st));
}

bool outfile_collides(const struct outfile *f, const struct outfile *other)
{
	struct stat st;

	if (outfile_is_stream(f) && !outfile_is_stream(other))
		return outfile_collides(other, f);
	/* Hard links are two files once each was replaced. */
	if (!outfile_is_stream(other))
		return !strcmp(f->path, other->path);
	if (!outfile_is_stream(f))
		return !stat(f->path, &st) && outfile_fd_is(other->fd, &st);
	if (f->standard >= 0 ? f->standard == other->standard :
			       !strcmp(f->path, other->path))
		return true;
	return outfile_is_fd(f, other->fd);
}

const char *outfile_check_standard(const struct stat *st)
{
	if (outfile_fd_is(STDOUT_FILENO, st))
		return "standard output goes there as well (\"-\" sends the "
		       "results there)";
	if (outfile_fd_is(STDERR_FILENO, st))
		return "standard error goes there as well";
	return NULL;
}
