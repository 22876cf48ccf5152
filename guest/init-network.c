// SPDX-License-Identifier: GPL-2.0-only
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <net/route.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "init.h"

#define NETMASK 0xffffff00u

static void fill(struct sockaddr *sa, u32 addr)
{
	struct sockaddr_in sin = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(addr),
	};

	memcpy(sa, &sin, sizeof(sin));
}

static bool exists(const char *name)
{
	return if_nametoindex(name) != 0;
}

static bool up(int fd, struct ifreq *ifr)
{
	if (ioctl(fd, SIOCGIFFLAGS, ifr))
		return false;
	ifr->ifr_flags |= IFF_UP;
	return !ioctl(fd, SIOCSIFFLAGS, ifr);
}

static bool configure(int fd, const char *name, u32 addr)
{
	struct ifreq ifr;

	memset(&ifr, 0, sizeof(ifr));
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name);
	if (!up(fd, &ifr))
		return false;
	fill(&ifr.ifr_addr, addr);
	if (ioctl(fd, SIOCSIFADDR, &ifr))
		return false;
	fill(&ifr.ifr_netmask, NETMASK);
	return !ioctl(fd, SIOCSIFNETMASK, &ifr);
}

/* On the link: somebody there routes, or answers ARP for the rest. */
static bool default_route(int fd, char *name)
{
	struct rtentry rt = { .rt_flags = RTF_UP, .rt_dev = name };

	fill(&rt.rt_dst, 0);
	fill(&rt.rt_genmask, 0);
	return !ioctl(fd, SIOCADDRT, &rt);
}

void init_await_card(const char *name)
{
	if (!init_wait(exists, name))
		init_die("no network: %s did not appear within %d s: does the "
			 "machine have a network card, and the kernel a driver "
			 "for it (MODULES= in SETTINGS)?",
			 name, DEVICE_WAIT_S);
}

static void interface(int fd, const char *name, u32 addr)
{
	init_await_card(name);
	if (!configure(fd, name, addr))
		init_die("cannot configure %s: %s", name, strerror(errno));
}

void init_network(const struct client_args *a)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq lo = { .ifr_name = "lo" };
	char name[IFNAMSIZ];

	if (fd < 0)
		init_die("no network: the kernel has no IPv4 (%s)",
			 strerror(errno));
	up(fd, &lo);
	if (*a->extif) {
		interface(fd, a->extif, a->addr);
		snprintf(name, sizeof(name), "%s", a->extif);
		if ((a->server ^ a->addr) & NETMASK && !default_route(fd, name))
			init_die("cannot set a route to the server: %s",
				 strerror(errno));
	}
	if (a->intif)
		interface(fd, a->intif, a->peer_addr);
	close(fd);
}
