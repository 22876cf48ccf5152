// SPDX-License-Identifier: GPL-2.0-only
/*
 * One event: the same piece of work, which needs caches, TLB and branch
 * predictors, right after CPUID, which always exits in a guest of VMX and by
 * convention in one of SVM; or after divisions that take about as long and do
 * not exit.
 *
 * The difference is what an exit costs beyond itself: the hypervisor's own
 * footprint, and what it flushes for the sake of mitigations.  SplitX (Landau et
 * al., WIOV '11) measured it as the indirect cost of an exit.
 */
#include <linux/mm.h>
#include <linux/vmalloc.h>

#include "vb.h"

#define PAGES 64 /* as many as a small first-level TLB has entries */
#define LINES 6 /* of each: 24 KiB in all, within a first-level cache */
#define WARM 4
#define DIVISIONS 64
#define LINE 64

enum { QUIET, EXIT };

static int setup(struct vb_run *r)
{
	r->private = vzalloc(PAGES * PAGE_SIZE);
	return r->private ? 0 : -ENOMEM;
}

static void teardown(struct vb_run *r)
{
	vfree(r->private);
}

/* The branch goes the same ways each time, and a predictor has learned them. */
static noinline void work(u8 *area)
{
	u32 way = 0x9e3779b9;
	int page, line;

	for (page = 0; page < PAGES; page++) {
		/* Other lines of each page: not all in the same sets. */
		u8 *at = area + page * PAGE_SIZE + page % 8 * LINES * LINE;

		for (line = 0; line < LINES; line++) {
			way = way * 1664525 + 1013904223;
			if (way >> 31)
				WRITE_ONCE(at[line * LINE], line);
			else
				READ_ONCE(at[line * LINE]);
		}
	}
}

static __always_inline void leave(void)
{
	u32 a = 0, c = 0;

	asm volatile("cpuid" : "+a"(a), "+c"(c) : : "ebx", "edx", "memory");
}

static __always_inline void stay(void)
{
	u64 a = ~0ull, d = 0;
	int i;

	for (i = 0; i < DIVISIONS; i++)
		asm volatile("divq %2" : "+a"(a), "+d"(d) : "r"(3ull) : "cc");
}

static void run(struct vb_run *r, u64 n)
{
	u64 from;
	int i;

	if (!n)
		return;
	for (i = 0; i < WARM; i++)
		work(r->private);
	vb_event_begin(r);
	if (r->op->arg == EXIT)
		leave();
	else
		stay();
	from = vb_ticks();
	work(r->private);
	r->latency = vb_ticks() - from;
	vb_event_end(r, true);
}

const struct vb_op vb_op_indirect_quiet = {
	.setup = setup,
	.run = run,
	.teardown = teardown,
	.arg = QUIET,
};

const struct vb_op vb_op_indirect_exit = {
	.setup = setup,
	.run = run,
	.teardown = teardown,
	.arg = EXIT,
};
