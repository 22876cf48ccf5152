// SPDX-License-Identifier: GPL-2.0-only
/*
 * One event: a page fault that the guest handles alone: a first write to a page
 * of anonymous memory.  The kernel takes a page from its free lists, clears and
 * maps it; those it has used before are backed by the hypervisor already, so with
 * nested paging nothing exits.  With shadow paging it exits, for the fault and for
 * the new entry.
 *
 * kernel/exception-pf is the fault without its handling, kernel/first-touch-2m
 * with a nested fault.
 *
 * The kernel's count of faults says that it was one, and one that waited for
 * nothing.  Neighbours without access see to it that the area stays a mapping of
 * its own, and that it is a stack (mmap(2)) keeps larger pages away.  What it gets
 * was freed just before by a mapping of the same size, which had it backed.
 */
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/sched/signal.h>
#include <linux/uaccess.h>

#include "vb.h"

#define PAGES 256ul

static unsigned long area, next_page;

/* In the caller's own address space, as mmap(2). */
static int map_area(void)
{
	unsigned long ret;

	area = vm_mmap(NULL, 0, (PAGES + 2) * PAGE_SIZE, PROT_NONE,
		       MAP_PRIVATE | MAP_ANONYMOUS, 0);
	if (IS_ERR_VALUE(area)) {
		area = 0;
		return -ENOMEM;
	}
	next_page = 1;
	ret = vm_mmap(NULL, area + PAGE_SIZE, PAGES * PAGE_SIZE,
		      PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_STACK, 0);
	return IS_ERR_VALUE(ret) ? -ENOMEM : 0;
}

static void unmap_area(void)
{
	/* The caller may have unmapped it, or mapped something else there:
	 * it is its own address space. */
	if (area)
		vm_munmap(area, (PAGES + 2) * PAGE_SIZE);
	area = 0;
}

/* Another thread could replace the area by one whose faults wait for it, while
 * all other runs wait for this one. */
static void probe(struct vb_run *r)
{
	if (get_nr_threads(current) != 1)
		vb_why(r, "only for a process that shares its memory with no "
			  "other thread");
}

/* The kernel hands out first what was freed last. */
static void have_it_backed(void)
{
	unsigned long at =
		vm_mmap(NULL, 0, PAGES * PAGE_SIZE, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, 0);

	if (!IS_ERR_VALUE(at))
		vm_munmap(at, PAGES * PAGE_SIZE);
}

static int setup(struct vb_run *r)
{
	have_it_backed();
	return map_area();
}

static void touch(struct vb_run *r, u8 __user *at)
{
	unsigned long minor = current->min_flt, major = current->maj_flt;
	u64 from, to;
	int ret;

	vb_event_begin(r);
	from = vb_ticks();
	ret = put_user((u8)1, at);
	to = vb_ticks();
	vb_event_end(r, !ret && current->min_flt == minor + 1);
	if (ret)
		vb_why(r, "a page could not be written to");
	else if (current->maj_flt != major)
		vb_why(r, "a page fault had to wait for memory");
	else if (current->min_flt != minor + 1)
		vb_why(r, "a first write made %lu page faults, not 1",
		       current->min_flt - minor);
	else
		r->latency = to - from;
}

static void run(struct vb_run *r, u64 n)
{
	if (!n)
		return;
	if (next_page > PAGES) {
		unmap_area();
		if (map_area())
			vb_why(r, "no memory could be mapped");
	}
	if (!r->outcome)
		touch(r, (u8 __user *)area + next_page++ * PAGE_SIZE);
}

static void teardown(struct vb_run *r)
{
	unmap_area();
}

const struct vb_op vb_op_guest_fault = {
	.probe = probe,
	.setup = setup,
	.run = run,
	.teardown = teardown,
};
