/* SPDX-License-Identifier: GPL-2.0-only */
/* Asks the running kernel what its KVM offers. */
#ifndef VBENCH_TRACE_OFFER_H
#define VBENCH_TRACE_OFFER_H

#include "trace-tier.h"

/* @record of @o is not looked at. */
void trace_look(struct trace_offer *o);

#endif
