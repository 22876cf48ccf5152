/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef VBENCH_SELFTEST_RELOAD_H
#define VBENCH_SELFTEST_RELOAD_H

#include <stdbool.h>

/* To be called first, because guest_begin() removes the module's file. */
void reload_keep_module(void);
/* False, with the reason on the console, if the kernel does not take it. */
bool reload(void);
/*
 * Unloads the module with memory that an operation keeps from run to run, and checks
 * that the kernel has it back.  Nobody else may use the module.  It is loaded afterwards.
 */
void kept_memory_is_given_back(void);

#endif
