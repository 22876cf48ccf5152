/* SPDX-License-Identifier: GPL-2.0-only */
/* Memory to fault on.  Whatever cannot be had ends the benchmark. */
#ifndef VBENCH_MEMORY_H
#define VBENCH_MEMORY_H

#include "benchmarks.h"

/* What memburn-linear and memburn-random walk over. */
#define MEMBURN_BYTES (64ul << 20)

size_t page_size(void);

/* MemAvailable of proc(5) in bytes, or less where control groups allow less. */
u64 memory_available(void);

/* bench_skip() if touching @size more bytes would bring the machine near its
 * end. */
void memory_need(int fd, size_t size);

/*
 * Private anonymous memory, untouched, in pages of the base size whatever the
 * machine's setting for transparent huge pages.  bench_skip() if touching all
 * of it would bring the machine near its end.
 */
u8 *memory_map(int fd, size_t size);

/* Writes a byte into each page. */
void memory_touch(u8 *mem, size_t size);

/*
 * Where in page @i memburn writes: another cache line in each, else all writes
 * would fall into one set of the first-level cache, and conflicts there be 40 %
 * of what is measured.
 */
static inline size_t memburn_line(size_t i)
{
	return i * 64 % 4096;
}

/*
 * @count pages, each a mapping of its own of the first page of bench_disk(),
 * which is in the page cache: nothing that the kernel does for one of them
 * (fault-around, merging) reaches the next.  For munmap() as a whole.
 */
u8 *memory_map_disk(int fd, u32 count, int prot, int flags);

#endif
