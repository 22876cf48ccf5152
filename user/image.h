/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef VBENCH_IMAGE_H
#define VBENCH_IMAGE_H

/* Copies a file, holes staying holes.  0 or -errno. */
int image_copy(const char *from, const char *to);

#endif
