/* SPDX-License-Identifier: GPL-2.0-only */
/* Lines of the guests' kernel and its modules, from their debug information. */
#ifndef VBENCH_TRACE_KERNEL_H
#define VBENCH_TRACE_KERNEL_H

#include "exits.h"
#include "settings.h"

struct kernel_debug;

/*
 * Opens KERNEL_DEBUG's files, and vbench's own module if it is among the guests'
 * modules.  0, or -errno with the cause in @why.
 */
int kernel_debug_open(struct kernel_debug **k, const struct settings *set,
		      char *why, size_t size);
void kernel_debug_close(struct kernel_debug *k);

/* Adds lines to the sites that the guest's kallsyms have named. */
void kernel_debug_fill(struct kernel_debug *k, struct exits *x);

#endif
