/* SPDX-License-Identifier: GPL-2.0-only */
/* A timer that wakes this CPU if the event that ends a HLT or MWAIT never comes. */
#ifndef VB_BACKSTOP_H
#define VB_BACKSTOP_H

#include "vb.h"

/* setup() and teardown(); the latter may come alone. */
void vb_backstop_start(void);
void vb_backstop_stop(void);

/* How often the timer expired since the start; a few times can be chance. */
u32 vb_backstop_count(void);

/*
 * For teardown(), after the timer's hardware was used behind the kernel's back:
 * the kernel programs it anew for what is next.
 */
void vb_rearm_timer(void);

#endif
