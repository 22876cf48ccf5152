/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A file that the user named for results.  A regular file is written under
 * another name, NAME.vbench-XXXXXX beside it, and takes its place at the end, so
 * that either the old content or a whole document is there.  Only then does it get
 * the owner and the mode of the file that it replaces.  Standard output
 * ("-"), other open descriptors (/dev/fd/N), devices and pipes are streams.
 */
#ifndef VBENCH_OUTFILE_H
#define VBENCH_OUTFILE_H

#include <limits.h>
#include <stdbool.h>

/* Follows the name of a file that is not finished. */
#define OUTFILE_SUFFIX ".vbench-XXXXXX"
#define OUTFILE_PATTERN ".vbench-??????"

struct outfile {
	char path[PATH_MAX]; /* behind all symbolic links */
	char temporary[PATH_MAX]; /* "" for a stream */
	const char *suffix; /* of a copy made elsewhere: "json" */
	int fd; /* -1: not open */
	int standard; /* the descriptor that a stream copies; -1 none */
	bool away; /* the temporary one is in another folder */
};

/* NULL, or the reason why @given cannot be written. */
const char *outfile_open(struct outfile *f, const char *given,
			 const char *suffix);

/* Which of this process's own descriptors @given means; -1: none of them. */
int outfile_standard(const char *given);

bool outfile_is_stream(const struct outfile *f);

/*
 * Ends it: a regular file takes its place, or is removed where nothing was
 * written to it.  False when that failed; the cause has been said then, and
 * where the results are.
 */
bool outfile_settle(struct outfile *f);

#endif
