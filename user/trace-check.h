/* SPDX-License-Identifier: GPL-2.0-only */
/* Whether this host can show a VM's exits, and if not, why. */
#ifndef VBENCH_TRACE_CHECK_H
#define VBENCH_TRACE_CHECK_H

#include "../bench/benchmarks.h"

/* 0, or -errno with one reason and its remedy in @why. */
int trace_check(char *why, size_t size);

/* CAP_SYS_ADMIN in the host, not in a user namespace. */
bool trace_check_admin(void);

/* The text of a tracepoint's "format" file, to be freed; NULL if there is no
 * tracefs or no such tracepoint. */
char *trace_format(const char *event);

#endif
