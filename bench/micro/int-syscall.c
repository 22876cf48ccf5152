// SPDX-License-Identifier: GPL-2.0-only
/*
 * One operation: getppid(2) by INT 0x80, the 32-bit entry, which a 64-bit
 * process may use too where the kernel has IA32 emulation.
 *
 * Unlike SYSCALL the instruction reads the IDT and a gate: a hypervisor that
 * intercepts software interrupts, or delivers events through the VMM, shows.
 */
#include "../probe.h"
#include "../x86.h"

static void probe(void)
{
	x86_int80_getppid();
}

static const char *why_not(struct benchmark *bench)
{
	if (x86_only())
		return x86_only();
	return probe_insn(probe, "INT 0x80",
			  "the kernel has no IA32 emulation");
}

static void do_int_syscall(int fd, u32 runs, struct benchmark *bench,
			   const void *opts)
{
	if (x86_int80_getppid() < 0)
		bench_skip(fd, "INT 0x80 is no system call here: the kernel "
			       "has no IA32 emulation");
	if (!wait_for_start(fd))
		return;
	for (u32 i = 0; i < runs; i++)
		x86_int80_getppid();
	send_ack(fd);
}

struct benchmark int_syscall_benchmark _benchmark_ = {
	"int-syscall",
	"Time for one system call by INT 0x80",
	do_single_bench,
	do_int_syscall,
	.should_not_run = why_not,
	.exercises = "software interrupt, IDT and gate",
};
