// SPDX-License-Identifier: GPL-2.0-only
#include <arpa/inet.h>
#include <errno.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "loopback.h"

/* 127.0.0.1 is everybody's, 127.0.1 that of a run with a network of its own. */
#define NET_ALONE 0x7f0001u
#define LOCALHOST 0x7f000001u

/* Below the ephemeral ports of ip_local_port_range. */
#define PORT_FIRST 20000
#define PORTS 1000
#define PORT_RANGES 10

/* A try rarely meets the addresses of another run, even once. */
#define TRIES 16

/* A UDP socket that is bound there and does nothing, or -errno. */
static int loopback_bind(u32 addr, u16 port)
{
	struct sockaddr_in sin = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(addr),
	};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int ret;

	if (fd < 0)
		return -errno;
	if (!bind(fd, (struct sockaddr *)&sin, sizeof(sin)))
		return fd;
	ret = -errno;
	close(fd);
	return ret;
}

/* 127.1.0 to 127.254.255, of which machines use .1 and up. */
static u32 loopback_random_net(void)
{
	u16 n = 0;

	if (getrandom(&n, sizeof(n), GRND_NONBLOCK) != sizeof(n))
		n = getpid();
	return 0x7f0000u | (1 + (n >> 8) % 254) << 8 | (n & 0xff);
}

static void loopback_take_net(struct loopback *l)
{
	for (int i = 0; i < TRIES; i++) {
		l->net = loopback_random_net();
		l->net_fd = loopback_bind(l->net << 8 | 255, PORT_FIRST);
		if (l->net_fd != -EADDRINUSE)
			return;
	}
}

/* For backends that put the machines at addresses of their own choice. */
static void loopback_take_ports(struct loopback *l)
{
	u32 first = l->net % PORT_RANGES, range = first;

	for (u32 i = 0; i < PORT_RANGES; i++) {
		range = (first + i) % PORT_RANGES;
		l->ports_fd = loopback_bind(LOCALHOST,
					    PORT_FIRST + (range + 1) * PORTS - 1);
		if (l->ports_fd != -EADDRINUSE)
			break;
	}
	l->port_first = PORT_FIRST + range * PORTS;
	/* The last one is bound. */
	l->port_last = l->port_first + PORTS - 2;
}

/* If nothing can be reserved, the random choice is used unreserved. */
void loopback_reserve(struct loopback *l, bool alone)
{
	loopback_init(l);
	if (alone) {
		l->net = NET_ALONE;
		l->port_first = PORT_FIRST;
		l->port_last = PORT_FIRST + PORT_RANGES * PORTS - 1;
		return;
	}
	loopback_take_net(l);
	loopback_take_ports(l);
}

void loopback_init(struct loopback *l)
{
	*l = (struct loopback){ .net_fd = -1, .ports_fd = -1 };
}

void loopback_release(struct loopback *l)
{
	if (l->net_fd >= 0)
		close(l->net_fd);
	if (l->ports_fd >= 0)
		close(l->ports_fd);
	loopback_init(l);
}
