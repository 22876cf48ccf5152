// SPDX-License-Identifier: GPL-2.0-only
/*
 * One operation: sendfile(2) of the disk's first 4 MB to another machine.
 *
 * The disk is read once in the set-up, so the operation is the sending of page
 * cache pages that the sender's kernel does not copy: the virtual network card
 * gets scattered single pages instead of large buffers (longer descriptor
 * chains, VIRTIO_F_INDIRECT_DESC: virtio 1.2, 2.7.5.3).  Compare it with
 * inter-tcp-bandwidth, which differs in the copy only.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/sendfile.h>
#include <unistd.h>

#include "../stream.h"

static int disk = -1;

static void open_disk(int fd)
{
	static u8 buf[64 << 10];

	if (disk >= 0)
		return;
	disk = open(bench_disk(), O_RDONLY | O_CLOEXEC);
	if (disk < 0)
		bench_fail(fd, "%s: %s", bench_disk(), strerror(errno));
	for (u32 done = 0; done < STREAM_BYTES; done += sizeof(buf))
		if (pread(disk, buf, sizeof(buf), done) != sizeof(buf))
			bench_fail(fd, "%s: cannot read 4 MB", bench_disk());
}

static void sendfile_all(int fd, int sock)
{
	off_t pos = 0;
	ssize_t n;

	while (pos < (off_t)STREAM_BYTES) {
		n = sendfile(sock, disk, &pos, STREAM_BYTES - pos);
		if (n == 0)
			bench_fail(fd, "%s became shorter", bench_disk());
		if (n < 0 && errno != EINTR)
			bench_fail(fd, "sendfile: %s", strerror(errno));
	}
}

static void do_sendfile(int fd, u32 runs, struct benchmark *bench,
			const void *opts)
{
	const struct pair_opt *opt = opts;

	/* sendfile(2) has no MSG_NOSIGNAL. */
	signal(SIGPIPE, SIG_IGN);
	if (opt->start)
		open_disk(fd);
	stream_bench(fd, runs, opt, sendfile_all);
}

static const char *why_not(struct benchmark *bench)
{
	const char *no_disk = needs_disk(bench);
	static char why[256];

	if (no_disk || !access(bench_disk(), R_OK))
		return no_disk;
	snprintf(why, sizeof(why), "%s: %s", bench_disk(), strerror(errno));
	return why;
}

struct benchmark sendfile_benchmark _benchmark_ = {
	"sendfile",
	"Time to send 4 MB of the disk to another machine",
	do_pair_bench,
	do_sendfile,
	.should_not_run = why_not,
	.exercises = "network card, zero-copy transmission",
	.bytes = STREAM_BYTES,
};
