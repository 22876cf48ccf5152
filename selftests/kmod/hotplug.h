/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef VBENCH_SELFTEST_HOTPLUG_H
#define VBENCH_SELFTEST_HOTPLUG_H

/* Checks that no user of the device @fd can keep a CPU from going offline. */
void hotplug_is_not_held_up(int fd);

#endif
