// SPDX-License-Identifier: GPL-2.0-only
/*
 * One operation: a byte is written to I/O port 0x512, which QEMU's firmware
 * configuration device ignores and most machines have nothing at.
 *
 * Port I/O always exits, and for this port on to the VMM in user space: it is
 * the round trip to a device model.  (A VMM may stop at the kernel's part by
 * an ioeventfd.)  Not done on bare metal, where a port belongs to somebody.
 */
#include <stdio.h>
#include <string.h>

#include "../probe.h"
#include "../x86.h"

#define PORT 0x512
#define VALUE 0xff

static void probe(void)
{
	x86_out8(PORT, VALUE);
}

static const char *why_not(struct benchmark *bench)
{
	static char why[128];
	int err;

	if (x86_only())
		return x86_only();
	if (!x86_in_guest())
		return "not in a virtual machine: ports of real hardware are "
		       "left alone";
	err = x86_allow_port(PORT);
	if (err) {
		snprintf(why, sizeof(why),
			 "the kernel allows no port I/O: %s "
			 "(root, and CONFIG_X86_IOPL_IOPERM)",
			 strerror(-err));
		return why;
	}
	return probe_insn(probe, "OUT",
			  "the hypervisor does not honour the I/O bitmap");
}

static void do_pio(int fd, u32 runs, struct benchmark *bench, const void *opts)
{
	/* Asked for already, by should_not_run() in this process. */
	if (!wait_for_start(fd))
		return;
	for (u32 i = 0; i < runs; i++)
		x86_out8(PORT, VALUE);
	send_ack(fd);
}

struct benchmark pio_benchmark _benchmark_ = {
	"pio",
	"Time for one write to an I/O port",
	do_single_bench,
	do_pio,
	.should_not_run = why_not,
	.exercises = "exit to the VMM in user space",
};
