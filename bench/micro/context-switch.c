// SPDX-License-Identifier: GPL-2.0-only
/*
 * One operation: one switch between two processes on the same CPU, with the
 * write and the read that make it happen: two operations send a byte through
 * one pipe and get one back through another.
 *
 * The switch loads CR3, which exits where page tables are shadowed, and flushes
 * or keeps TLB entries as PCID and VPID/ASID allow.  Both ends inherit the
 * worker's one CPU: on two, it would be a wake-up by IPI that is measured.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "../peer.h"

static void echo(int from, int to, u32 arg)
{
	char c;

	while (read(from, &c, 1) == 1)
		if (write(to, &c, 1) != 1)
			return;
}

static void there_and_back(int fd, const struct peer *p)
{
	char c = 0;

	if (write(p->to, &c, 1) != 1 || read(p->from, &c, 1) != 1)
		bench_fail(fd, "pipe to the other process: %s",
			   strerror(errno));
}

static void do_context_switch(int fd, u32 runs, struct benchmark *bench,
			      const void *opts)
{
	struct peer p;

	peer_start(fd, &p, echo, 0);
	there_and_back(fd, &p);
	if (wait_for_start(fd)) {
		/* Of an odd number, which is rounded up, only 1 is asked for. */
		for (u32 i = 0; i < runs; i += 2)
			there_and_back(fd, &p);
		send_ack(fd);
	}
	peer_end(&p);
}

struct benchmark context_switch_benchmark _benchmark_ = {
	"context-switch",
	"Time for one context switch",
	do_single_bench,
	do_context_switch,
	.exercises = "address space switch, TLB tagging",
};
