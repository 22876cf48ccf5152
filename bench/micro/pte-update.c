// SPDX-License-Identifier: GPL-2.0-only
/*
 * One operation: mremap(2) moves one page to another address, where it is then
 * touched: a PTE is cleared, the TLB flushed, another PTE set.
 *
 * Two updates of page tables in use: each exits with shadow paging, neither
 * with nested paging.
 */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "../memory.h"

static void do_pte_update(int fd, u32 runs, struct benchmark *bench,
			  const void *opts)
{
	size_t page = page_size();
	/* Two pages apart, so that the mappings never merge. */
	u8 *area = memory_map(fd, 4 * page);
	u8 *from = area, *to = area + 2 * page, *t;

	memory_touch(from, page);
	if (wait_for_start(fd)) {
		for (u32 i = 0; i < runs; i++) {
			if (mremap(from, page, page,
				   MREMAP_MAYMOVE | MREMAP_FIXED,
				   to) == MAP_FAILED)
				bench_fail(fd, "mremap: %s", strerror(errno));
			*(volatile u8 *)to = 1;
			t = from;
			from = to;
			to = t;
		}
		send_ack(fd);
	}
	munmap(area, 4 * page);
}

struct benchmark pte_update_benchmark _benchmark_ = {
	"pte-update",
	"Time to move one page by mremap and touch it",
	do_single_bench,
	do_pte_update,
	.exercises = "two PTE updates and a TLB flush",
};
