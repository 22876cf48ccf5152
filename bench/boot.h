/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The times of a machine's start, known once it has come up.  A benchmark of
 * do_boot_bench runs nothing: it takes its figure from these marks, and each
 * machine is a sample.
 */
#ifndef VBENCH_BOOT_H
#define VBENCH_BOOT_H

#include "benchmarks.h"

enum boot_origin {
	BOOT_PROCESS, /* of the host: nothing booted */
	BOOT_KERNEL, /* the machine's kernel booted */
	BOOT_COPY, /* of a template that had booted */
	BOOT_ORIGINS
};

struct boot_marks {
	enum boot_origin origin;
	/* By the server's clock: start_machine was called, the client connected. */
	u64 start_ns, connected_ns;
	/* By the guest's: its first program began, the client connected. */
	u64 init_ns, guest_ns;
};

/* False, with the reason in @why, unless the machine is of that origin. */
bool boot_is(const struct boot_marks *b, enum boot_origin wanted,
	     const char **why);

#endif
