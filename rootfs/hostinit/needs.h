/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the kernel of an emulated host must have: mkinitramfs packs it, the init
 * there looks whether it has come.
 */
#ifndef VBENCH_HOSTNEEDS_H
#define VBENCH_HOSTNEEDS_H

#include <stdbool.h>

struct host_need {
	const char *module; /* NULL: never one */
	const char *option;
	/* Its sign: a file, or the name of a file system. */
	const char *sign;
	/* The part that fails without the feature; NULL: everything. */
	const char *without;
};

extern const struct host_need host_needs[];
extern const unsigned int nhost_needs;

#endif
