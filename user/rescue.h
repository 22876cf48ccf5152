/* SPDX-License-Identifier: GPL-2.0-only */
/* A place for results that cannot be written to where the user wants them. */
#ifndef VBENCH_RESCUE_H
#define VBENCH_RESCUE_H

#include <limits.h>
#include <stddef.h>

/*
 * A new file vbench-rescued-XXXXXX.@suffix in $TMPDIR, /tmp, /var/tmp or here,
 * the first that takes one: its descriptor, and its name in @path (PATH_MAX); or
 * -errno.
 */
int rescue_open(char *path, const char *suffix);

/* All of it: 0 or -errno. */
int rescue_write(int out, const char *data, size_t len);

/* Copies all of the file @in to @out, from the beginning of both: 0 or -errno. */
int rescue_copy(int in, int out);

/* Both of them: 0, and the copy's name in @path, or -errno. */
int rescue_file(int in, char *path, const char *suffix);

#endif
