// SPDX-License-Identifier: GPL-2.0-only
#include <arpa/inet.h>
#include <errno.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net.h"

#define BACKLOG 128

static void set_name(struct ifreq *ifr, const char *name)
{
	memset(ifr, 0, sizeof(*ifr));
	snprintf(ifr->ifr_name, sizeof(ifr->ifr_name), "%s", name);
}

static void set_addr(struct ifreq *ifr, u32 addr)
{
	struct sockaddr_in sin = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(addr),
	};

	memcpy(&ifr->ifr_addr, &sin, sizeof(sin));
}

static int up(int fd, const char *name)
{
	struct ifreq ifr;

	set_name(&ifr, name);
	if (ioctl(fd, SIOCGIFFLAGS, &ifr))
		return -errno;
	ifr.ifr_flags |= IFF_UP | IFF_RUNNING;
	return ioctl(fd, SIOCSIFFLAGS, &ifr) ? -errno : 0;
}

static int bridge(int fd)
{
	struct ifreq ifr;

	if (ioctl(fd, SIOCBRADDBR, NET_BRIDGE))
		return errno == ENOPKG || errno == ENOTTY || errno == EINVAL ?
			       -EOPNOTSUPP :
			       -errno;
	set_name(&ifr, NET_BRIDGE);
	set_addr(&ifr, NET_SERVER);
	if (ioctl(fd, SIOCSIFADDR, &ifr))
		return -errno;
	set_addr(&ifr, 0xffffff00u);
	if (ioctl(fd, SIOCSIFNETMASK, &ifr))
		return -errno;
	return up(fd, NET_BRIDGE);
}

int net_private(void)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int ret;

	if (fd < 0)
		return -errno;
	ret = up(fd, "lo");
	if (!ret)
		ret = bridge(fd);
	close(fd);
	return ret;
}

int net_address(const char *ifname, u32 *addr)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct sockaddr_in sin;
	struct ifreq ifr;
	int ret = 0;

	if (fd < 0)
		return -errno;
	set_name(&ifr, ifname);
	if (ioctl(fd, SIOCGIFADDR, &ifr))
		ret = -errno;
	close(fd);
	memcpy(&sin, &ifr.ifr_addr, sizeof(sin));
	*addr = ntohl(sin.sin_addr.s_addr);
	return ret;
}

int net_listen(u32 addr, u16 *port)
{
	struct sockaddr_in sin = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(addr),
	};
	socklen_t len = sizeof(sin);
	int fd, ret;

	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	if (bind(fd, (struct sockaddr *)&sin, len) || listen(fd, BACKLOG) ||
	    getsockname(fd, (struct sockaddr *)&sin, &len)) {
		ret = -errno;
		close(fd);
		return ret;
	}
	*port = ntohs(sin.sin_port);
	return fd;
}

const char *net_text(u32 addr, char *buf)
{
	sprintf(buf, "%u.%u.%u.%u", addr >> 24, addr >> 16 & 0xff,
		addr >> 8 & 0xff, addr & 0xff);
	return buf;
}
