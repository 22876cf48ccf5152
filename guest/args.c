// SPDX-License-Identifier: GPL-2.0-only
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client.h"

static bool number(const char *s, unsigned long max, unsigned long *v)
{
	char *end;

	errno = 0;
	*v = strtoul(s, &end, 10);
	return *s >= '0' && *s <= '9' && !*end && !errno && *v <= max;
}

static bool address(const char *s, u32 *addr)
{
	struct in_addr in;
	char dotted[32];

	snprintf(dotted, sizeof(dotted), "%s", s);
	for (char *c = dotted; *c; c++)
		if (*c == '/')
			*c = '.';
	if (inet_pton(AF_INET, dotted, &in) != 1)
		return false;
	*addr = ntohl(in.s_addr);
	return true;
}

int client_parse(int argc, char **argv, struct client_args *a, char *why,
		 size_t size)
{
	unsigned long id, port;

	memset(a, 0, sizeof(*a));
	/* 3 arguments are enough where there is no network to configure. */
	if (argc < 4 || argc > 7) {
		snprintf(why, size, "takes 3 to 6 arguments, got %d", argc - 1);
		return -EINVAL;
	}
	if (!number(argv[1], HOST_CLIENT_ID, &id)) {
		snprintf(why, size,
			 "client id \"%s\" is not a number from 0 to %d",
			 argv[1], MACHINES_MAX - 1);
		return -EINVAL;
	}
	if (!address(argv[2], &a->server)) {
		snprintf(why, size,
			 "server address \"%s\" is not an IPv4 address",
			 argv[2]);
		return -EINVAL;
	}
	if (!number(argv[3], 65535, &port) || !port) {
		snprintf(why, size, "server port \"%s\" is not a port number",
			 argv[3]);
		return -EINVAL;
	}
	a->id = id;
	a->port = port;
	a->extif = argc > 4 ? argv[4] : "";
	a->addr = a->server;
	if (argc > 5 && !address(argv[5], &a->addr)) {
		snprintf(why, size, "address \"%s\" is not an IPv4 address",
			 argv[5]);
		return -EINVAL;
	}
	a->intif = argc > 6 ? argv[6] : NULL;
	/* virtbench's network for a separate interface: 192.168.12.0/24. */
	a->peer_addr = a->intif ? 0xc0a80c00u | (a->id + 1) : a->addr;
	return 0;
}
