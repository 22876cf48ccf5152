/* SPDX-License-Identifier: GPL-2.0-only */
/* A place for results that cannot be written to where the user wants them. */
#ifndef VBENCH_RESCUE_H
#define VBENCH_RESCUE_H

#include <limits.h>
#include <stddef.h>

/* Writes all of @data: 0 or -errno. */
int rescue_write(int out, const char *data, size_t len);

/* Copies all of the file @in to @out, from the beginning of both: 0 or -errno. */
int rescue_copy(int in, int out);

/*
 * Each makes a file vbench-rescued-XXXXXX.@suffix in $TMPDIR, /tmp, /var/tmp or the
 * working directory, the first that takes one: 0 once everything is on the disk, and
 * the file's name in @path (PATH_MAX); or -errno, and the file is removed.
 */
int rescue_file(int in, char *path, const char *suffix);
int rescue_text(const char *data, size_t len, char *path, const char *suffix);

#endif
