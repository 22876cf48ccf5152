// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "direct.h"

#define BUFFER_ALIGN 4096
#define BUFFER_SIZE (256 << 10)

/* tmpfs refused O_DIRECT up to Linux 6.5 and serves it from memory since. */
static bool in_memory(int file)
{
	struct statfs fs;
	struct stat st;

	if (fstat(file, &st) || S_ISBLK(st.st_mode) || fstatfs(file, &fs))
		return false;
	return (unsigned long)fs.f_type == TMPFS_MAGIC ||
	       (unsigned long)fs.f_type == RAMFS_MAGIC;
}

int direct_open(int fd, const char *path, int flags)
{
	int file = open(path, flags | O_DIRECT | O_CLOEXEC, 0600);

	if (file < 0 && errno == EINVAL)
		bench_skip(fd,
			   "no direct I/O on %s: its file system refuses "
			   "O_DIRECT",
			   path);
	if (file < 0 && errno == EROFS)
		bench_skip(fd, "%s is on a read-only file system", path);
	if (file < 0)
		bench_fail(fd, "cannot open %s: %s", path, strerror(errno));
	if (in_memory(file)) {
		if (flags & O_CREAT)
			unlink(path);
		bench_skip(fd, "%s is in memory, not on a disk", path);
	}
	return file;
}

void *direct_buffer(int fd, size_t size)
{
	static u8 buffer[BUFFER_SIZE] __attribute__((aligned(BUFFER_ALIGN)));

	if (size > sizeof(buffer))
		bench_fail(fd, "cannot move %zu bytes at once", size);
	/* Backed before the clock runs. */
	memset(buffer, 0xff, size);
	return buffer;
}

static void check(int fd, const char *what, ssize_t n, size_t size)
{
	if (n == (ssize_t)size)
		return;
	bench_fail(fd, "%s of %zu bytes: %s", what, size,
		   n < 0 ? strerror(errno) : "came short");
}

void direct_read(int fd, int file, void *buf, size_t size, off_t offset)
{
	check(fd, "direct read", pread(file, buf, size, offset), size);
}

void direct_write(int fd, int file, const void *buf, size_t size, off_t offset)
{
	check(fd, "direct write", pwrite(file, buf, size, offset), size);
}
