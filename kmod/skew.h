/* SPDX-License-Identifier: GPL-2.0-only */
/* Whether times of two CPUs can be compared, and whether an event is one. */
#ifndef VB_SKEW_H
#define VB_SKEW_H

#include "vb.h"

/*
 * For setup(): do the TSCs of this CPU and of the peer agree, as far as a message
 * between them can tell?  If not, vb_why() has the reason.
 */
bool vb_tscs_agree(struct vb_run *r);

/* The event's latency, from here to the peer; none that is negative. */
void vb_one_way(struct vb_run *r, u64 from, u64 to);

#endif
