/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef VBENCH_BZIMAGE_H
#define VBENCH_BZIMAGE_H

#define BZIMAGE_RELEASE_MAX 128

/*
 * NULL if @path is a kernel, else why not.  @release becomes its version as
 * "uname -r" will say, "" where the image does not tell.
 */
const char *bzimage_check(const char *path, char *release);

#endif
