// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "caller.h"

/* What sudo(8) sets. */
static bool caller_number(const char *name, unsigned long *n)
{
	const char *text = getenv(name);
	char *end;

	if (!text || *text < '0' || *text > '9')
		return false;
	errno = 0;
	*n = strtoul(text, &end, 10);
	return !errno && !*end && *n < (uid_t)-1;
}

bool caller_is(uid_t uid)
{
	unsigned long u;

	/* Without root, anybody could set this variable. */
	return !geteuid() && caller_number("SUDO_UID", &u) && u == uid;
}
