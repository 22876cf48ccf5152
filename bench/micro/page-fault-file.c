// SPDX-License-Identifier: GPL-2.0-only
/*
 * One operation: the first read of a page of a shared file mapping whose page
 * is in the guest's cache: page 0 of the disk, mapped once for each run.
 *
 * A minor fault that allocates nothing: one PTE is set.
 */
#include <sys/mman.h>

#include "../memory.h"

/* Each mapping counts against vm.max_map_count, 65,530 by default. */
#define MAPPINGS_MAX 30000

static void do_page_fault(int fd, u32 runs, struct benchmark *bench,
			  const void *opts)
{
	size_t page = page_size();
	u8 *mem = memory_map_disk(fd, runs, PROT_READ, MAP_SHARED);

	if (wait_for_start(fd)) {
		for (u32 i = 0; i < runs; i++)
			(void)*(volatile u8 *)(mem + i * page);
		send_ack(fd);
	}
	munmap(mem, runs ? runs * page : page);
}

struct benchmark page_fault_file_benchmark _benchmark_ = {
	"page-fault-file",
	"Time for one page fault on a cached file's page",
	do_single_bench,
	do_page_fault,
	needs_disk,
	.exercises = "guest page fault without allocation",
	.max_runs = MAPPINGS_MAX,
};
