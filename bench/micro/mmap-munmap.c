// SPDX-License-Identifier: GPL-2.0-only
/*
 * One operation: a page of anonymous memory is mapped, written to once, and
 * unmapped.
 *
 * A page table entry is made and removed again with a flush of the TLB.  With
 * nested paging that stays in the guest, whose kernel soon gives the same
 * backed page again; with shadow or paravirtual page tables the fault, the
 * write of the entry and INVLPG are exits each.
 */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "../memory.h"

static void map_and_unmap(int fd, u8 *at, size_t page)
{
	if (mmap(at, page, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED)
		bench_fail(fd, "mmap: %s", strerror(errno));
	*(volatile u8 *)at = 1;
	if (munmap(at, page))
		bench_fail(fd, "munmap: %s", strerror(errno));
}

static void do_mmap_munmap(int fd, u32 runs, struct benchmark *bench,
			   const void *opts)
{
	size_t page = page_size();
	u8 *mem;

	/*
	 * In the middle of three pages: the neighbours, of other protection,
	 * neither merge with the mapping nor let its page table be freed.
	 */
	mem = mmap(NULL, 3 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		   0);
	if (mem == MAP_FAILED)
		bench_fail(fd, "mmap: %s", strerror(errno));
	map_and_unmap(fd, mem + page, page);
	if (wait_for_start(fd)) {
		for (u32 i = 0; i < runs; i++)
			map_and_unmap(fd, mem + page, page);
		send_ack(fd);
	}
	munmap(mem, 3 * page);
}

struct benchmark mmap_munmap_benchmark _benchmark_ = {
	"mmap-munmap",
	"Time to map, write to and unmap a page",
	do_single_bench,
	do_mmap_munmap,
	.exercises = "page table entry made and removed, INVLPG",
};
