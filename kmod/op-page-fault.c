// SPDX-License-Identifier: GPL-2.0-only
/*
 * One operation: the kernel reads an address that is not mapped, and the
 * exception table leads it on.
 *
 * With nested paging a #PF is the guest's own affair; with shadow page tables
 * the hypervisor gets it first, walks the guest's tables and finds nothing
 * (Linux, arch/x86/kvm/mmu/paging_tmpl.h, FNAME(page_fault)).  The guest's
 * handler is in the figure as well, with its search in the tables.
 */
#include <linux/vmalloc.h>

#include "guard.h"

/* What follows is a page that vmalloc() leaves out, to catch overruns. */
static int setup_hole(struct vb_run *r)
{
	r->private = vmalloc(PAGE_SIZE);
	return r->private ? 0 : -ENOMEM;
}

static void free_hole(struct vb_run *r)
{
	vfree(r->private);
}

static void run_page_fault(struct vb_run *r, u64 n)
{
	const void *hole = r->private + PAGE_SIZE;

	VB_LOOP(n, asm volatile("1:	movb (%0), %%al\n"
				"2:\n" _ASM_EXTABLE(1b, 2b)
				:
				: "r"(hole)
				: "rax", "memory"));
}

const struct vb_op vb_op_page_fault = {
	.setup = setup_hole,
	.run = run_page_fault,
	.teardown = free_hole,
};
