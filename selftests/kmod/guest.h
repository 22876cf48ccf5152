/* SPDX-License-Identifier: GPL-2.0-only */
/* Functions for test programs that are process 1 of a guest. */
#ifndef VBENCH_SELFTEST_GUEST_H
#define VBENCH_SELFTEST_GUEST_H

#include "../../bench/kmod.h"

/* Mounts, modules; ends the machine with a message if there is no device. */
void guest_begin(void);
/* "ok"/"not ok" with the expression, on the console. */
void guest_check(bool ok, const char *what, int line);
#define CHECK(e) guest_check((e), #e, __LINE__)
/* Writes @text to a file of sysfs or procfs. */
bool guest_put(const char *path, const char *text);
bool guest_has_kmemleak(void);
/*
 * Whether the kernel has complained since it was booted, or kmemleak, where that
 * is there, knows of a leak; says about what.
 */
bool guest_kernel_complained(void);
/* Prints the verdict and powers off. */
void guest_end(void) __attribute__((noreturn));

#endif
