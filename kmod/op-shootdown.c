// SPDX-License-Identifier: GPL-2.0-only
/*
 * One operation: mapping a page in the kernel's own address space, touching it,
 * unmapping it, and flushing it from the TLBs of all CPUs.  By vmap(), whose
 * address range is this page's alone: the blocks of vm_map_ram() are flushed from
 * the first page that was ever used to the last, so that each flush is dearer
 * than the one before it.
 *
 * The flush is an IPI to every other CPU and waits for each (arch/x86/mm/tlb.c,
 * flush_tlb_kernel_range()): a vCPU that the host is not running right now holds
 * up all.  As many vCPUs take part as the machine has online, so that VCPUS= of
 * 1 to N is the curve; with 1 it is the mapping and a local flush alone.  The
 * other CPUs are kept busy, since an idle one may be flushed later.
 */
#include <linux/cpumask.h>
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/vmalloc.h>

#include "vb.h"

static struct page *page;
static struct vb_crew *peers;

static int setup(struct vb_run *r)
{
	page = alloc_page(GFP_KERNEL);
	if (!page)
		return -ENOMEM;
	if (num_online_cpus() > 1)
		peers = vb_peers_start(r, num_online_cpus() - 1);
	return 0;
}

static bool once(void)
{
	u8 *p = vmap(&page, 1, VM_MAP, PAGE_KERNEL);

	if (!p)
		return false;
	WRITE_ONCE(*p, 1);
	vunmap(p);
	/* What was unmapped is flushed lazily, or now. */
	vm_unmap_aliases();
	return true;
}

static void run(struct vb_run *r, u64 n)
{
	for (; n; n--)
		if (!once())
			return vb_why(r, "no address space was left");
}

static void teardown(struct vb_run *r)
{
	if (peers)
		vb_peers_stop(peers);
	if (page)
		__free_page(page);
	peers = NULL;
	page = NULL;
}

const struct vb_op vb_op_shootdown = {
	.setup = setup,
	.run = run,
	.teardown = teardown,
};
