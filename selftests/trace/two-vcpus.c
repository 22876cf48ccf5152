// SPDX-License-Identifier: GPL-2.0-only
/* CPUID in the window on one vCPU, VMMCALL without end on the other. */
#include <pthread.h>

#include "../cpus.h"
#include "../x86.h"

static volatile bool done;

static void *other(void *arg)
{
	bind_thread(1);
	while (!done)
		x86_vmmcall();
	return NULL;
}

static void do_two(int fd, u32 runs, struct benchmark *bench, const void *opts)
{
	pthread_t t;

	bind_thread(0);
	done = false;
	if (pthread_create(&t, NULL, other, NULL))
		bench_fail(fd, "no second thread");
	if (wait_for_start(fd)) {
		for (u32 i = 0; i < runs; i++)
			x86_cpuid();
		send_ack(fd);
	}
	done = true;
	pthread_join(t, NULL);
}

struct benchmark two_benchmark _benchmark_ = {
	"two-vcpus", "Time for one CPUID", do_single_bench, do_two, .vcpus = 2,
};
