// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "fds.h"

/* linux/close_range.h, which headers older than 5.11 lack. */
#define CLOEXEC_RANGE (1u << 2)

void fds_secure_standard(void)
{
	int fd;

	for (int i = STDIN_FILENO; i <= STDERR_FILENO; i++) {
		if (fcntl(i, F_GETFD) >= 0 || errno != EBADF)
			continue;
		/*
		 * The lowest free one, which is @i.  open(2): reading and
		 * writing it fails with EBADF, as if it were closed.
		 */
		fd = open("/", O_PATH);
		if (fd != i)
			_exit(EXIT_FAILURE);
	}
}

void fds_close_on_exec(void)
{
	struct dirent *e;
	int fd;
	DIR *d;

	if (!syscall(SYS_close_range, STDERR_FILENO + 1, ~0u, CLOEXEC_RANGE))
		return;
	d = opendir("/proc/self/fd");
	while (d && (e = readdir(d))) {
		fd = atoi(e->d_name);
		if (fd > STDERR_FILENO)
			fcntl(fd, F_SETFD, FD_CLOEXEC);
	}
	if (d)
		closedir(d);
}
