// SPDX-License-Identifier: GPL-2.0-only
#include "boot.h"

bool boot_is(const struct boot_marks *b, enum boot_origin wanted,
	     const char **why)
{
	if (b->origin == wanted)
		return true;
	if (b->origin == BOOT_PROCESS)
		*why = "the machines are processes of the host, which do not "
		       "boot";
	else if (b->origin == BOOT_COPY)
		*why = "the machines were restored from a template that had "
		       "booted (TEMPLATE=no boots each of them)";
	else
		*why = "the machines booted: no template was made (backend "
		       "qemu makes one for two machines or more)";
	return false;
}
