// SPDX-License-Identifier: GPL-2.0-only
/*
 * One operation: the first write to a page of anonymous memory, whose page is
 * given back to the guest's kernel between samples.
 *
 * The guest's fault allocates, clears and maps a page that the hypervisor has
 * usually backed already: with nested paging no exit is needed.  first-touch
 * is its counterpart.
 */
#include <sys/mman.h>

#include "../memory.h"

#define PAGES 2048

static void do_page_fault(int fd, u32 runs, struct benchmark *bench,
			  const void *opts)
{
	size_t size = PAGES * page_size();
	static u8 *mem;

	if (!mem)
		mem = memory_map(fd, size);
	/* Once, so that the page-table pages and the pages' backing are there. */
	memory_touch(mem, size);
	madvise(mem, size, MADV_DONTNEED);
	if (!wait_for_start(fd))
		return;
	memory_touch(mem, runs * page_size());
	send_ack(fd);
}

struct benchmark page_fault_anon_benchmark _benchmark_ = {
	"page-fault-anon",
	"Time for one page fault on anonymous memory",
	do_single_bench,
	do_page_fault,
	.exercises = "guest page fault, page already backed",
	.max_runs = PAGES,
};
