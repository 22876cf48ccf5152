/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef VBENCH_TAIL_H
#define VBENCH_TAIL_H

#include <stddef.h>

/*
 * The last @lines lines of a file, at most @size - 1 bytes of them, each
 * indented, without the control characters that a guest's console may hold.
 * Returns the number of bytes; 0 when there is nothing to read.
 */
size_t tail_of_file(const char *path, int lines, char *buf, size_t size);

#endif
