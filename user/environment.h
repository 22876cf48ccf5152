/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef VBENCH_ENVIRONMENT_H
#define VBENCH_ENVIRONMENT_H

#include "result.h"
#include "session.h"

/* What the figures depend on: host, guests, settings.  0 or -ENOMEM. */
int environment_fill(struct results *r, const struct session *s);

#endif
