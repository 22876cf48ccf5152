/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef VBENCH_BRINGUP_H
#define VBENCH_BRINGUP_H

#include "session.h"

/*
 * Starts all machines in parallel and waits until each is up or lost: 0, or
 * -EINTR.
 */
int bringup(struct session *s);

#endif
