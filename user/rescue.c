// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "rescue.h"

static int rescue_open_in(const char *dir, char *path, const char *suffix)
{
	int fd;

	if (!dir || !*dir ||
	    snprintf(path, PATH_MAX, "%s/vbench-rescued-XXXXXX.%s", dir,
		     suffix) >= PATH_MAX)
		return -ENAMETOOLONG;
	fd = mkostemps(path, strlen(suffix) + 1, O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/*
 * A new file vbench-rescued-XXXXXX.@suffix in the first folder that takes one: its
 * descriptor, and its name in @path; or -errno.
 */
static int rescue_open(char *path, const char *suffix)
{
	const char *const dirs[] = { getenv("TMPDIR"), "/tmp", "/var/tmp",
				     "." };
	int fd = -ENOENT;

	for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]) && fd < 0; i++)
		fd = rescue_open_in(dirs[i], path, suffix);
	return fd;
}

int rescue_write(int out, const char *data, size_t len)
{
	ssize_t n;

	for (size_t done = 0; done < len; done += n) {
		n = write(out, data + done, len - done);
		if (!n || (n < 0 && errno != EINTR))
			return n ? -errno : -EIO;
		if (n < 0)
			n = 0;
	}
	return 0;
}

/* EINVAL: a device or pipe. */
static int rescue_sync(int out)
{
	return fsync(out) && errno != EINVAL ? -errno : 0;
}

int rescue_copy(int in, int out)
{
	char buf[1 << 16];
	off_t from = 0;
	ssize_t n;
	int ret = 0;

	while (!ret && (n = pread(in, buf, sizeof(buf), from)) != 0) {
		if (n < 0)
			return -errno;
		ret = rescue_write(out, buf, n);
		from += n;
	}
	return ret ? ret : rescue_sync(out);
}

/* Closes the new file @out, which it removes after an error. */
static int rescue_close(int out, const char *path, int ret)
{
	if (close(out) && !ret)
		ret = -errno;
	if (ret)
		unlink(path);
	return ret;
}

int rescue_file(int in, char *path, const char *suffix)
{
	int out = rescue_open(path, suffix);

	return out < 0 ? out : rescue_close(out, path, rescue_copy(in, out));
}

int rescue_text(const char *data, size_t len, char *path, const char *suffix)
{
	int out = rescue_open(path, suffix), ret;

	if (out < 0)
		return out;
	ret = rescue_write(out, data, len);
	if (!ret)
		ret = rescue_sync(out);
	return rescue_close(out, path, ret);
}
