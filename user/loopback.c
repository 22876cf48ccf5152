// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "loopback.h"

/* 127.0.0.1 is everybody's. */
#define NET_FIRST 1
#define NET_LAST 254

/* Below the ephemeral ports of ip_local_port_range. */
#define PORT_FIRST 20000
#define PORTS 1000
#define PORT_RANGES 10

/*
 * An abstract name belongs to a network namespace, as the addresses do, and the
 * kernel gives it back when the socket is closed (unix(7)).
 */
static int loopback_bind(int fd, u32 net)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	int len = snprintf(name.sun_path + 1, sizeof(name.sun_path) - 1,
			   "vbench-loopback-%u", net);

	return bind(fd, (struct sockaddr *)&name,
		    offsetof(struct sockaddr_un, sun_path) + 1 + len) ?
		       -errno :
		       0;
}

int loopback_reserve(struct loopback *l, bool alone)
{
	u32 range;
	int ret = -EADDRINUSE;

	l->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (l->fd < 0)
		return -errno;
	for (l->net = NET_FIRST; l->net <= NET_LAST; l->net++) {
		ret = loopback_bind(l->fd, l->net);
		if (ret != -EADDRINUSE)
			break;
	}
	/* A backend may put the machines at addresses of its own choice. */
	range = (l->net - NET_FIRST) % PORT_RANGES;
	l->port_first = PORT_FIRST + range * PORTS;
	l->port_last = l->port_first + PORTS - 1;
	if (alone)
		l->port_last = PORT_FIRST + PORT_RANGES * PORTS - 1;
	if (!ret)
		return 0;
	close(l->fd);
	l->fd = -1;
	return ret;
}
