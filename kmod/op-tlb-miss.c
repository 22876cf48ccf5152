// SPDX-License-Identifier: GPL-2.0-only
/*
 * One operation: INVLPG of an address, and a load from it that therefore misses
 * the TLB.  kernel/invlpg is the former alone: what is above it is the miss.
 *
 * Under nested paging each level of the guest's page table is itself looked up in
 * the host's: up to 24 loads for a page of 4 KiB, 19 for one of 2 MiB (Bhargava et
 * al., ASPLOS 2008).  INVLPG also drops what the CPU keeps of the upper levels (SDM
 * vol. 3A, 4.10.4.1), so this is the dear kind of miss.
 */
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/vmalloc.h>
#include <asm/pgtable.h>

#include "guard.h"

static void *mapped;

/* Whether the page table has an entry of that size there. */
static bool mapped_by(void *p, unsigned int wanted)
{
	unsigned int level;

	return lookup_address((unsigned long)p, &level) && level == wanted;
}

static void probe(struct vb_run *r)
{
	if (!vb_unprivileged(r))
		vb_try(r, "INVLPG");
}

static int setup(struct vb_run *r)
{
	if (r->op->arg == PG_LEVEL_2M)
		mapped = vmalloc_huge(PMD_SIZE, GFP_KERNEL | __GFP_NOWARN);
	else
		mapped = vmalloc(PAGE_SIZE);
	if (!mapped)
		return -ENOMEM;
	if (!mapped_by(mapped, r->op->arg))
		vb_why(r, "the kernel could not map memory by an entry of "
			  "that size");
	return 0;
}

static void run(struct vb_run *r, u64 n)
{
	u8 *p = mapped;

	VB_LOOP(n, asm goto(VB_GUARD("invlpg (%0)") "movb (%0), %%al"
			    :
			    : "r"(p)
			    : "rax", "memory"
			    : fault));
	return;
fault:
	vb_faulted(r);
}

static void teardown(struct vb_run *r)
{
	vfree(mapped);
	mapped = NULL;
}

const struct vb_op vb_op_tlb_miss_4k = {
	.probe = probe,
	.setup = setup,
	.run = run,
	.teardown = teardown,
	.arg = PG_LEVEL_4K,
};

const struct vb_op vb_op_tlb_miss_2m = {
	.probe = probe,
	.setup = setup,
	.run = run,
	.teardown = teardown,
	.arg = PG_LEVEL_2M,
};
