// SPDX-License-Identifier: GPL-2.0-only
/*
 * One operation: madvise(MADV_DONTNEED) of one touched page while another
 * thread of the process runs on another CPU, which therefore may have it in its
 * TLB: the kernel has to make that CPU flush and waits for it (x86:
 * flush_tlb_mm_range() in arch/x86/mm/tlb.c).
 *
 * An inter-processor interrupt between two running vCPUs: an exit to send it
 * unless the APIC is virtualised (APICv, AVIC), one to receive it unless it is
 * posted, and a long wait when the host has preempted the other vCPU, which
 * paravirtual flushes avoid (KVM_FEATURE_PV_TLB_FLUSH).  The other thread
 * spins without PAUSE, which could exit by itself (pause-loop exiting).
 */
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>

#include "../cpus.h"
#include "../memory.h"

/* 16 MB with pages of 4 kB. */
#define PAGES 4096

static bool spinning, stop;

static void *spin(void *arg)
{
	bind_thread(1);
	__atomic_store_n(&spinning, true, __ATOMIC_RELEASE);
	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED))
		;
	return arg;
}

static pthread_t start_spinner(int fd)
{
	pthread_t thread;
	int err;

	if (!bind_thread(1) || !bind_thread(0))
		bench_skip(fd, "may use one CPU only");
	spinning = false;
	stop = false;
	err = pthread_create(&thread, NULL, spin, NULL);
	if (err)
		bench_fail(fd, "cannot start a thread: %s", strerror(err));
	while (!__atomic_load_n(&spinning, __ATOMIC_ACQUIRE))
		;
	return thread;
}

static void do_tlb_shootdown(int fd, u32 runs, struct benchmark *bench,
			     const void *opts)
{
	size_t page = page_size();
	static u8 *mem;
	pthread_t thread;

	if (!mem)
		mem = memory_map(fd, PAGES * page);
	memory_touch(mem, runs * page);
	thread = start_spinner(fd);
	if (wait_for_start(fd)) {
		for (u32 i = 0; i < runs; i++)
			madvise(mem + i * page, page, MADV_DONTNEED);
		send_ack(fd);
	}
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
}

struct benchmark tlb_shootdown_benchmark _benchmark_ = {
	"tlb-shootdown",
	"Time to flush one page from another CPU's TLB",
	do_single_bench,
	do_tlb_shootdown,
	.exercises = "inter-processor interrupt to a running vCPU",
	.vcpus = 2,
	.max_runs = PAGES,
};
