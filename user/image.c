// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "image.h"

static int copy_range(int in, int out, off_t from, off_t end)
{
	static char buf[1 << 16];
	off_t to = from;
	ssize_t n;

	/* Within one file system, the blocks themselves may be shared. */
	while (from < end) {
		n = copy_file_range(in, &from, out, &to, end - from, 0);
		if (n <= 0)
			break;
	}
	for (; from < end; from += n) {
		n = pread(in, buf, sizeof(buf), from);
		if (n <= 0)
			return n ? -errno : -EIO;
		/* A short write, on a disk that is full, leaves errno alone; the
		 * next one tells the reason. */
		n = pwrite(out, buf, n, from);
		if (n <= 0)
			return n ? -errno : -ENOSPC;
	}
	return 0;
}

static int copy_data(int in, int out, off_t size)
{
	off_t from, end = 0;
	int ret;

	while (end < size) {
		from = lseek(in, end, SEEK_DATA);
		if (from < 0)
			break; /* ENXIO: a hole up to the end */
		end = lseek(in, from, SEEK_HOLE);
		if (end < 0)
			return -errno;
		ret = copy_range(in, out, from, end);
		if (ret)
			return ret;
	}
	return ftruncate(out, size) ? -errno : 0;
}

int image_copy(const char *from, const char *to)
{
	int in, out, ret;
	struct stat st;

	in = open(from, O_RDONLY | O_CLOEXEC);
	if (in < 0)
		return -errno;
	out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	ret = out < 0 || fstat(in, &st) ? -errno : 0;
	if (!ret)
		ret = copy_data(in, out, st.st_size);
	close(in);
	if (out >= 0 && close(out) && !ret)
		ret = -errno;
	return ret;
}
