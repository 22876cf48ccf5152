// SPDX-License-Identifier: GPL-2.0-only
/*
 * A run binds an abstract socket of its own name, unix(7).  /proc/net/unix lists
 * it for every user, and the kernel takes it away however the run ends.
 */
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "others.h"
#include "say.h"

#define RUNS "vbench-run."

static unsigned int others_count(long *pid)
{
	FILE *f = fopen("/proc/net/unix", "re");
	char line[512], *name;
	unsigned int n = 0;

	while (f && fgets(line, sizeof(line), f)) {
		name = strstr(line, " @" RUNS);
		if (name && sscanf(name, " @" RUNS "%ld", pid) == 1)
			n++;
	}
	if (f)
		fclose(f);
	return n;
}

static void others_announce(void)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	/* The first byte is 0: the name is abstract. */
	int len = snprintf(a.sun_path + 1, sizeof(a.sun_path) - 1, RUNS "%d",
			   getpid());

	/* It stays open. */
	if (fd >= 0 && bind(fd, (struct sockaddr *)&a,
			    offsetof(struct sockaddr_un, sun_path) + 1 + len))
		close(fd);
}

unsigned int others_warn(void)
{
	long pid = 0;
	unsigned int n = others_count(&pid);

	others_announce();
	if (n == 1)
		say("another vbench runs on this machine (process %ld): each "
		    "disturbs the other's times",
		    pid);
	else if (n)
		say("%u other vbench runs are active on this machine: "
		    "all disturb each other's times",
		    n);
	return n;
}
