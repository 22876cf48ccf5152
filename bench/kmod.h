/* SPDX-License-Identifier: GPL-2.0-only */
/* The kernel module's device, for benchmarks that run in the kernel. */
#ifndef VBENCH_KMOD_H
#define VBENCH_KMOD_H

#include "../kmod/vbench.h"
#include "benchmarks.h"

/* Environment: why init could not load the module, if it tried. */
#define ENV_KMOD "VBENCH_KMOD"

/*
 * Environment of the client: if set, what slows the whole host down runs as well.
 * The kernel gives its init what it does not know itself, so for a machine this
 * is APPEND=VBENCH_OPT_IN=1 in SETTINGS.
 */
#define ENV_OPT_IN "VBENCH_OPT_IN"

struct kmod {
	int fd;
	struct vbench_info info;
	struct vbench_ring *ring;
};

/* One batch, or several that together make the runs asked for. */
struct kmod_figure {
	u64 runs;
	u64 ticks;
	u64 interrupts;
	u64 *events; /* given by the caller: room for the ticks of each run */
};

/*
 * Opens the device and maps its ring, once for the process.  NULL with the
 * reason in @why: no module, another ABI, not root.
 */
struct kmod *kmod_open(char *why, size_t size);

/* The index of operation @name, its name and flags in @op; -ENOENT. */
int kmod_find(struct kmod *k, const char *name, struct vbench_op *op);

/*
 * By trying, on the CPU that this thread is on; else the reason is in @why: also
 * that it slows the host down and nobody has asked for that.
 */
bool kmod_can_run(struct kmod *k, u32 op, char *why, size_t size);

/*
 * @runs of operation @op in as few batches as it takes, or one each where @f is
 * to get the events; 0 runs measure what a batch costs.  Each batch is marked as
 * part of window @mark, if that is one.  0, or with the reason in @why -ENODATA,
 * when it says itself that it cannot go on, or -ECANCELED.
 */
int kmod_run(struct kmod *k, u32 op, u64 runs, struct trace_mark mark,
	     struct kmod_figure *f, char *why, size_t size);

/*
 * Uses the rate that the kernel has calibrated, or a measured one if the kernel
 * has none, for example because CPUID lists no TSC.
 */
u64 kmod_ns(const struct kmod *k, u64 ticks);

#endif
