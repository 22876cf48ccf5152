// SPDX-License-Identifier: GPL-2.0-only
/*
 * One operation: the first write to a page of memory that this guest has, as
 * far as it can tell, never used, so that the hypervisor must back it: a nested
 * page fault (EPT violation, #NPF) on top of the guest's own.
 *
 * A guest cannot ask for such pages.  What is touched here is never freed
 * while the benchmark runs, so each sample takes other pages than all before;
 * the kernel hands out pages that it freed itself first, and memory that a
 * benchmark before this one used is backed already.  Alone, in a fresh guest,
 * the figure is the hypervisor's; after others it may be page-fault-anon's.
 * The benchmark ends when half of what was free is used up.  Huge pages on the
 * host back 512 pages at the first touch of one.
 */
#include "../memory.h"

#define PAGES 128
/* Part of the memory available that may be held. */
#define PART 2

static void do_first_touch(int fd, u32 runs, struct benchmark *bench,
			   const void *opts)
{
	size_t size = PAGES * page_size();
	static u64 held, limit;
	u8 *mem;

	if (!limit)
		limit = memory_available() / PART;
	if (held > limit)
		bench_skip(fd, "no untouched memory is left");
	/* Stays mapped: this process's end frees it. */
	mem = memory_map(fd, size);
	if (wait_for_start(fd)) {
		memory_touch(mem, runs * page_size());
		send_ack(fd);
	}
	held += runs * page_size();
}

struct benchmark first_touch_benchmark _benchmark_ = {
	"first-touch",
	"Time for the first write to an untouched page",
	do_single_bench,
	do_first_touch,
	.exercises = "nested page fault: memory backed on demand",
	.max_runs = PAGES,
	.one_spell = true,
};
