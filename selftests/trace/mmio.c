// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reads of device registers through /dev/mem, which has to be allowed
 * (iomem=relaxed): the I/O APIC is KVM's, the HPET the VMM's.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../benchmarks.h"

static volatile const u32 *map(int fd, off_t address)
{
	int mem = open("/dev/mem", O_RDONLY | O_SYNC | O_CLOEXEC);
	void *p = MAP_FAILED;

	if (mem >= 0)
		p = mmap(NULL, 4096, PROT_READ, MAP_SHARED, mem, address);
	if (p == MAP_FAILED)
		bench_skip(fd, "/dev/mem: %s", strerror(errno));
	close(mem);
	return p;
}

static void read_it(int fd, u32 runs, off_t address)
{
	volatile const u32 *reg = map(fd, address);

	if (wait_for_start(fd)) {
		for (u32 i = 0; i < runs; i++)
			(void)*reg;
		send_ack(fd);
	}
	munmap((void *)reg, 4096);
}

static void do_ioapic(int fd, u32 runs, struct benchmark *bench,
		      const void *opts)
{
	read_it(fd, runs, 0xfec00000);
}

static void do_hpet(int fd, u32 runs, struct benchmark *bench, const void *opts)
{
	read_it(fd, runs, 0xfed00000);
}

struct benchmark ioapic_benchmark _benchmark_ = {
	"mmio-kernel",
	"Time for one read of the I/O APIC",
	do_single_bench,
	do_ioapic,
};

struct benchmark hpet_benchmark _benchmark_ = {
	"mmio-vmm",
	"Time for one read of the HPET",
	do_single_bench,
	do_hpet,
};
