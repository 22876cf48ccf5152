// SPDX-License-Identifier: GPL-2.0-only
/*
 * One operation: the first write to a page of a private file mapping that was
 * never touched: page 0 of the disk, mapped once for each run.
 *
 * The guest's page fault allocates a page, copies the cached one and sets a
 * PTE.  With shadow page tables each step exits; with nested paging it exits
 * when the page allocated is not yet backed by the hypervisor.
 */
#include <sys/mman.h>

#include "../memory.h"

/* Each mapping counts against vm.max_map_count, 65,530 by default. */
#define MAPPINGS_MAX 30000

static void do_cow(int fd, u32 runs, struct benchmark *bench, const void *opts)
{
	size_t size = runs * page_size();
	u8 *mem;

	memory_need(fd, size);
	mem = memory_map_disk(fd, runs, PROT_READ | PROT_WRITE, MAP_PRIVATE);
	if (wait_for_start(fd)) {
		memory_touch(mem, size);
		send_ack(fd);
	}
	munmap(mem, size ? size : page_size());
}

struct benchmark cow_benchmark _benchmark_ = {
	"cow",
	"Time for one copy-on-write fault of a file's page",
	do_single_bench,
	do_cow,
	needs_disk,
	.exercises = "guest page fault with allocation and PTE update",
	.max_runs = MAPPINGS_MAX,
};
