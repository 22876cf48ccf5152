/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A file that the user named for results.  vbench writes a regular file under the
 * name NAME.vbench-XXXXXX and renames it at the end, so that NAME always has either
 * the old content or a complete document.  Only then does it get the owner and the
 * mode of the file that it replaces.  Standard output ("-"), other open descriptors
 * (/dev/fd/N), devices and pipes are streams.
 */
#ifndef VBENCH_OUTFILE_H
#define VBENCH_OUTFILE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

/* The end of an unfinished file's name. */
#define OUTFILE_SUFFIX ".vbench-XXXXXX"
#define OUTFILE_PATTERN ".vbench-??????"

struct outfile {
	char path[PATH_MAX]; /* behind all symbolic links */
	char temporary[PATH_MAX]; /* "" for a stream */
	const char *suffix; /* of a copy made elsewhere: "json" */
	int fd; /* -1: not open */
	int standard; /* the descriptor that a stream copies; -1 none */
	bool away; /* the temporary one is in another folder */
	/* Whether the temporary file must not replace the one at @path.  In shared
	 * memory: the session writes and drops, but its parent settles.  NULL for a
	 * stream. */
	bool *dropped;
};

/* NULL, or the reason why @given cannot be written. */
const char *outfile_open(struct outfile *f, const char *given,
			 const char *suffix);

/* The descriptor of this process that @given means, or -1. */
int outfile_standard(const char *given);

bool outfile_is_stream(const struct outfile *f);

/* Whether what is written to @f also goes to where @other's results go. */
bool outfile_collides(const struct outfile *f, const struct outfile *other);

/* NULL, or the reason why the regular file @st cannot be replaced: it would go, with
 * what else was written to it. */
struct stat;
const char *outfile_check_standard(const struct stat *st);

/* Whether the stream @f was opened as the descriptor @fd, or is the same file or pipe. */
bool outfile_is_fd(const struct outfile *f, int fd);

/*
 * Writes a whole document: 0; or -errno, and where that leaves a part of it, the file
 * at @f->path stays as it was.
 */
int outfile_put(const struct outfile *f, const char *data, size_t len);

/* Drops what was written to a regular file, so that the one at @f->path stays. */
void outfile_drop(const struct outfile *f);

/*
 * Closes the file: a regular file takes its final name, or is removed if it is empty
 * or was dropped.  False if that failed; then it has printed the cause, and where the
 * results are.
 */
bool outfile_settle(struct outfile *f);

#endif
