/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The rate of this machine's TSC, for kernels in an emulator.
 *
 * A kernel that has to wait for a CPU while it calibrates its TSC by the PIT can get a
 * rate that is several times too low (arch/x86/kernel/tsc.c), and its clock then runs too
 * fast.  The TSC of QEMU's TCG is the machine's own (cpu_get_host_ticks() in QEMU), so
 * vbench can tell the kernel its rate: tsc_early_khz=, from Linux 5.8 on.
 */
#ifndef VBENCH_TSC_H
#define VBENCH_TSC_H

#include "../bench/benchmarks.h"

/* In kHz; 0 if the CPU has no TSC, or if its rate cannot be measured within 0.1 %.  The
 * measurement takes 20 to 60 ms. */
u64 tsc_khz(void);

#endif
