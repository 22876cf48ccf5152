// SPDX-License-Identifier: GPL-2.0-only
#include "boot.h"

bool boot_is(const struct boot_marks *b, enum boot_origin wanted,
	     const char **why)
{
	if (b->origin == wanted)
		return true;
	if (b->origin == BOOT_PROCESS)
		*why = "needs machines that boot; these are processes of the "
		       "host";
	else if (b->origin == BOOT_COPY)
		*why = "needs machines that boot; these are copies of a "
		       "template that had booted (TEMPLATE=no boots each)";
	else
		*why = "needs machines that are copies of a template; these "
		       "booted (backend qemu copies one if it starts two "
		       "machines or more)";
	return false;
}
