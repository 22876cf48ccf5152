// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "available.h"
#include "memory.h"

/* Left to the rest of the machine, so that the kernel need not reclaim while
 * the clock runs.  A margin, not a measured bound. */
#define MEMORY_RESERVE (8ull << 20)

size_t page_size(void)
{
	return sysconf(_SC_PAGESIZE);
}

u64 memory_available(void)
{
	struct available a;

	available_read(&a, "");
	return a.limit[0] || a.mib ? a.mib << 20 : UINT64_MAX;
}

static u8 *reserve(int fd, size_t size, int prot)
{
	/* mmap(2) refuses a length of 0, and runs may be 0. */
	void *mem = mmap(NULL, size ? size : page_size(), prot,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (mem == MAP_FAILED)
		bench_fail(fd, "cannot map %zu kB: %s", size >> 10,
			   strerror(errno));
	return mem;
}

void memory_need(int fd, size_t size)
{
	u64 available = memory_available();

	if (available < size + MEMORY_RESERVE)
		bench_skip(fd,
			   "needs %zu MB of free memory, this machine has "
			   "%llu (MEM= in SETTINGS, or the limit of its "
			   "control group)",
			   (size_t)(size + MEMORY_RESERVE) >> 20,
			   (unsigned long long)available >> 20);
}

u8 *memory_map(int fd, size_t size)
{
	u8 *mem;

	memory_need(fd, size);
	mem = reserve(fd, size, PROT_READ | PROT_WRITE);
	/* EINVAL: a kernel that has no huge pages. */
	madvise(mem, size, MADV_NOHUGEPAGE);
	return mem;
}

void memory_touch(u8 *mem, size_t size)
{
	size_t page = page_size();

	for (size_t at = 0; at < size; at += page)
		*(volatile u8 *)(mem + at) = 1;
}

u8 *memory_map_disk(int fd, u32 count, int prot, int flags)
{
	size_t page = page_size();
	u8 *mem = reserve(fd, count * page, PROT_NONE);
	int disk = open(bench_disk(), O_RDONLY | O_CLOEXEC);
	char byte;

	if (disk < 0 || pread(disk, &byte, 1, 0) != 1)
		bench_fail(fd, "cannot read %s: %s", bench_disk(),
			   strerror(errno));
	for (u32 i = 0; i < count; i++)
		if (mmap(mem + i * page, page, prot, flags | MAP_FIXED, disk,
			 0) == MAP_FAILED)
			bench_fail(fd,
				   "cannot map %s for the %uth time: %s "
				   "(vm.max_map_count?)",
				   bench_disk(), i + 1, strerror(errno));
	close(disk);
	return mem;
}
