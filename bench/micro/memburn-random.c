// SPDX-License-Identifier: GPL-2.0-only
/*
 * One operation: a byte is written into each page of 64 MiB, in a random order
 * that is the same in every machine.  The pages were faulted in before.
 *
 * As memburn-linear, but the walk's own loads miss the caches as well.
 */
#include "../memory.h"
#include "../prng.h"

#define PAGES_MAX (MEMBURN_BYTES >> 12)

static u32 order[PAGES_MAX];

/* Fisher and Yates. */
static void shuffle(u32 n)
{
	u64 state = 1;
	u32 j, t;

	for (u32 i = 0; i < n; i++)
		order[i] = i;
	for (u32 i = n - 1; i > 0; i--) {
		j = prng_below(&state, i + 1);
		t = order[i];
		order[i] = order[j];
		order[j] = t;
	}
}

static void do_memburn(int fd, u32 runs, struct benchmark *bench,
		       const void *opts)
{
	size_t page = page_size();
	u32 n = MEMBURN_BYTES / page;
	static volatile u8 *mem;

	/* The same memory in every sample: which pages it got matters. */
	if (!mem) {
		u8 *fresh = memory_map(fd, MEMBURN_BYTES);

		memory_touch(fresh, MEMBURN_BYTES);
		shuffle(n);
		mem = fresh;
	}
	if (!wait_for_start(fd))
		return;
	for (u32 i = 0; i < runs; i++)
		for (u32 k = 0; k < n; k++)
			mem[order[k] * page + memburn_line(k)] = 1;
	send_ack(fd);
}

struct benchmark memburn_random_benchmark _benchmark_ = {
	"memburn-random",
	"Time to write to each page of 64 MiB at random",
	do_single_bench,
	do_memburn,
	.exercises = "TLB and cache misses, two-dimensional page walk",
};
