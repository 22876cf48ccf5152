/* SPDX-License-Identifier: GPL-2.0-only */
/* Disk I/O that bypasses the machine's own page cache. */
#ifndef VBENCH_DIRECT_H
#define VBENCH_DIRECT_H

#include "benchmarks.h"

/*
 * open(2) with O_DIRECT and @flags.  bench_skip() where the file system has no
 * direct I/O or no disk below, bench_fail() for any other error.
 */
int direct_open(int fd, const char *path, int flags);

/* @size bytes, aligned for every device; the same memory for each call. */
void *direct_buffer(int fd, size_t size);

/* All of @size at @offset, or bench_fail(). */
void direct_read(int fd, int file, void *buf, size_t size, off_t offset);
void direct_write(int fd, int file, const void *buf, size_t size, off_t offset);

#endif
