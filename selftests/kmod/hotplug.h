/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef VBENCH_SELFTEST_HOTPLUG_H
#define VBENCH_SELFTEST_HOTPLUG_H

/* Asks that nobody with the device @fd can hold up a CPU that is to go. */
void hotplug_is_not_held_up(int fd);

#endif
