// SPDX-License-Identifier: GPL-2.0-only
/*
 * One operation: a thread is created, does nothing, and is joined, on one CPU.
 *
 * clone(2), two switches and a futex wake-up; the address space stays, so
 * against fork it shows what page tables cost there, and the guest needs no
 * exit for it.
 */
#include <pthread.h>
#include <string.h>

#include "../benchmarks.h"

static void *nothing(void *arg)
{
	return arg;
}

static void create_and_join(int fd)
{
	pthread_t thread;
	int err = pthread_create(&thread, NULL, nothing, NULL);

	if (err)
		bench_fail(fd, "pthread_create: %s", strerror(err));
	pthread_join(thread, NULL);
}

static void do_thread_create(int fd, u32 runs, struct benchmark *bench,
			     const void *opts)
{
	/* The first one's stack is kept for all the others. */
	create_and_join(fd);
	if (!wait_for_start(fd))
		return;
	for (u32 i = 0; i < runs; i++)
		create_and_join(fd);
	send_ack(fd);
}

struct benchmark thread_create_benchmark _benchmark_ = {
	"thread-create",
	"Time to create and join a thread",
	do_single_bench,
	do_thread_create,
	.exercises = "clone and scheduler, no new address space",
};
