// SPDX-License-Identifier: GPL-2.0-only
/*
 * One operation: a byte is written into each page of 64 MiB, in their order.
 * The pages were faulted in before.
 *
 * 16,384 TLB misses that the prefetchers can help with: with nested paging a
 * walk is two-dimensional (AMD APM vol. 2, 15.25), up to 24 loads instead of 4.
 */
#include "../memory.h"

static void do_memburn(int fd, u32 runs, struct benchmark *bench,
		       const void *opts)
{
	size_t page = page_size(), n = MEMBURN_BYTES / page;
	static u8 *mem;

	/* The same memory in every sample: which pages it got matters. */
	if (!mem) {
		mem = memory_map(fd, MEMBURN_BYTES);
		memory_touch(mem, MEMBURN_BYTES);
	}
	if (!wait_for_start(fd))
		return;
	for (u32 i = 0; i < runs; i++)
		for (size_t k = 0; k < n; k++)
			*(volatile u8 *)(mem + k * page + memburn_line(k)) = 1;
	send_ack(fd);
}

struct benchmark memburn_linear_benchmark _benchmark_ = {
	"memburn-linear",
	"Time to write to each page of 64 MiB in order",
	do_single_bench,
	do_memburn,
	.exercises = "TLB misses, two-dimensional page walk",
};
