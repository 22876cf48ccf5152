/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a later run must know to stop what this one started, should it be
 * killed: the file "state" in the run's folder, rewritten as machines start.
 */
#ifndef VBENCH_STATE_H
#define VBENCH_STATE_H

#include "session.h"

void state_write(const struct session *s);

#endif
