/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef VBENCH_SELFTEST_ACCESS_H
#define VBENCH_SELFTEST_ACCESS_H

/* Which processes may open the device. */
void access_is_guarded(void);

/* Locks this kernel down, for good, and asks what still runs by @fd. */
void lockdown_is_respected(int fd);

#endif
