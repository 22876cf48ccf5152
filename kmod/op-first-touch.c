// SPDX-License-Identifier: GPL-2.0-only
/*
 * One event: clearing a block of memory for the first time since the machine was
 * started, or once more.
 *
 * A hypervisor backs a guest's memory when it is touched: an EPT violation or a
 * nested page fault (SDM vol. 3C, 29.3.3; APM vol. 2, 15.25.6) for each page of
 * its own that the block needs.  The difference of the two is its work.
 *
 * Most kernels clear memory as they hand it out (init_on_alloc), so that handing
 * out is the first touch: then it is what is timed, a block of 2 MiB at a time,
 * and a single page of 4 KiB cannot be had untouched.
 *
 * Which blocks were touched before is known of this module's own only; the
 * kernel may have used one.  It prefers those that were used last, so the ones
 * that it has not handed out here yet are held until an unknown one comes.
 */
#include <linux/bitmap.h>
#include <linux/gfp.h>
#include <linux/highmem.h>
#include <linux/mm.h>
#include <linux/preempt.h>
#include <linux/vmalloc.h>

#include "vb.h"

#define ORDER 9
#define BLOCK_PAGES (1ul << ORDER)
#define BLOCKS (1ul << 16) /* 128 GiB; what is beyond is not used */
#define HELD_MAX 16
/* Nothing is reclaimed or compacted for it: that would be in the figure. */
#define FLAGS ((GFP_KERNEL | __GFP_NOMEMALLOC | __GFP_NOWARN) & ~__GFP_RECLAIM)

/* Blocks that were handed out here since the module was loaded. */
static DECLARE_BITMAP(known, BLOCKS);

static struct page *held[HELD_MAX];
static unsigned int nheld;
/* Of the 4 KiB events.  It is kept from run to run, for only about HELD_MAX untouched
 * blocks can be had: the kernel hands out first what was given back last. */
static struct page *block;
static unsigned long next_page;

static bool is_known(struct page *p)
{
	unsigned long n = page_to_pfn(p) >> ORDER;

	return n >= BLOCKS || test_bit(n, known);
}

static void release(struct vb_run *r)
{
	while (nheld)
		__free_pages(held[--nheld], ORDER);
}

static void release_block(void)
{
	if (block)
		__free_pages(block, ORDER);
	block = NULL;
}

/* Memory must remain for everybody else. */
static bool enough(struct vb_run *r)
{
	if (si_mem_available() > 2 * HELD_MAX * BLOCK_PAGES)
		return true;
	vb_why(r, "less than %lu MiB of memory are available",
	       2 * HELD_MAX * BLOCK_PAGES >> (20 - PAGE_SHIFT));
	return false;
}

/*
 * The allocator's locks sleep with PREEMPT_RT (Documentation/locking/locktypes.rst).
 * It is an event if the page is known, or not, as @is_to_be_known says.
 */
static struct page *timed_alloc(struct vb_run *r, bool is_to_be_known, u64 *ticks)
{
	struct page *p;
	u64 from;

	if (!IS_ENABLED(CONFIG_PREEMPT_RT))
		preempt_disable();
	vb_event_begin(r);
	from = vb_ticks();
	p = alloc_pages(FLAGS | __GFP_ZERO, ORDER);
	*ticks = vb_ticks() - from;
	vb_event_end(r, p && is_known(p) == is_to_be_known);
	if (!IS_ENABLED(CONFIG_PREEMPT_RT))
		preempt_enable();
	return p;
}

/* Allocates one that was not known; with @ticks, as an event: how long it took. */
static struct page *fresh(struct vb_run *r, u64 *ticks)
{
	struct page *p;

	while (nheld < HELD_MAX) {
		p = ticks ? timed_alloc(r, false, ticks) :
			    alloc_pages(FLAGS, ORDER);
		if (!p)
			break;
		if (!is_known(p)) {
			__set_bit(page_to_pfn(p) >> ORDER, known);
			return p;
		}
		held[nheld++] = p;
	}
	vb_why(r, "no block of 2 MiB is left that was not touched before");
	return NULL;
}

static void probe(struct vb_run *r)
{
	enough(r);
}

static void run_first(struct vb_run *r, u64 n)
{
	struct page *p;

	if (!n)
		return;
	p = fresh(r, &r->latency);
	if (p)
		__free_pages(p, ORDER);
}

const struct vb_op vb_op_touch_first = {
	.probe = probe,
	.run = run_first,
	.teardown = release,
};

/* Blocks are handed out and back until one is known that time. */
static void run_again(struct vb_run *r, u64 n)
{
	struct page *p;
	int tries = HELD_MAX;

	while (n && tries--) {
		unsigned long number;

		p = timed_alloc(r, true, &r->latency);
		if (!p)
			break;
		__free_pages(p, ORDER);
		number = page_to_pfn(p) >> ORDER;
		if (number < BLOCKS && __test_and_set_bit(number, known))
			return;
	}
	if (n)
		vb_why(r, "no block of 2 MiB could be had twice");
}

const struct vb_op vb_op_touch_again = {
	.probe = probe,
	.run = run_again,
	.teardown = release,
};

static void probe_small(struct vb_run *r)
{
	if (want_init_on_alloc(0))
		vb_why(r, "this kernel touches memory as it hands it out "
			  "(init_on_alloc=0 on its command line lets it be)");
	else
		enough(r);
}

static void run_small(struct vb_run *r, u64 n)
{
	u64 from;

	if (!n)
		return;
	if (next_page == BLOCK_PAGES)
		release_block();
	if (!block) {
		next_page = 0;
		block = fresh(r, NULL);
	}
	if (!block)
		return;
	preempt_disable();
	vb_event_begin(r);
	from = vb_ticks();
	clear_page(page_address(block + next_page));
	r->latency = vb_ticks() - from;
	vb_event_end(r, true);
	preempt_enable();
	next_page++;
}

const struct vb_op vb_op_touch_small = {
	.probe = probe_small,
	.run = run_small,
	.teardown = release,
	.unload = release_block,
};
