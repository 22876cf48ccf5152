/* SPDX-License-Identifier: GPL-2.0-only */
/* Other runs of vbench on this machine, which disturb the times of this one. */
#ifndef VBENCH_OTHERS_H
#define VBENCH_OTHERS_H

/*
 * Says that others run, if they do, and lets later ones know about this one until
 * the process ends: their number.  It knows those of the same network namespace,
 * of any user, whom it names.
 */
unsigned int others_warn(void);

#endif
