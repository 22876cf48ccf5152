/* SPDX-License-Identifier: GPL-2.0-only */
/* The user who called sudo, for whom root runs vbench. */
#ifndef VBENCH_CALLER_H
#define VBENCH_CALLER_H

#include <stdbool.h>
#include <sys/types.h>

/* False if this process does not belong to root, or was not started by sudo. */
bool caller_is(uid_t uid);

#endif
