// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "peer.h"

void peer_start(int fd, struct peer *p, void (*body)(int from, int to, u32 arg),
		u32 arg)
{
	int there[2], here[2];

	if (pipe2(there, O_CLOEXEC) || pipe2(here, O_CLOEXEC))
		bench_fail(fd, "cannot make a pipe: %s", strerror(errno));
	p->pid = fork();
	if (p->pid < 0)
		bench_fail(fd, "cannot fork: %s", strerror(errno));
	if (p->pid == 0) {
		/* Else our own copy of the ends would keep EOF away. */
		close(there[1]);
		close(here[0]);
		body(there[0], here[1], arg);
		_exit(0);
	}
	close(there[0]);
	close(here[1]);
	p->to = there[1];
	p->from = here[0];
}

void peer_end(struct peer *p)
{
	close(p->to);
	close(p->from);
	while (waitpid(p->pid, NULL, 0) < 0 && errno == EINTR)
		;
}
