/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef VBENCH_BZIMAGE_H
#define VBENCH_BZIMAGE_H

#include <stdbool.h>

#define BZIMAGE_RELEASE_MAX 128

/*
 * NULL if @path is a kernel, else why not.  @release becomes its version as
 * "uname -r" will say, "" where the image does not tell.
 */
const char *bzimage_check(const char *path, char *release);

/* Whether the kernel @path has no 64-bit entry: it runs 32-bit programs only. */
bool bzimage_is_32_bit(const char *path);

bool bzimage_program_is_64_bit(const char *path);

#endif
