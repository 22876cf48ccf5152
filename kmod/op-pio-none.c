// SPDX-License-Identifier: GPL-2.0-only
/*
 * One operation: IN from an I/O port that belongs to nobody.
 *
 * As op-pio.c, but the VMM looks through all that it has and finds nothing.
 */
#include <linux/ioport.h>
#include <linux/kernel.h>
#include <asm/cpufeature.h>
#include <asm/io.h>

#include "guard.h"

/*
 * Candidates: in the range that PCI bridges leave to the main board, where QEMU
 * and others have few devices.
 */
static const u16 ports[] = { 0x9a0, 0x5a0, 0xba0, 0x1a0, 0x2a0 };

/* No driver has it, and it reads as a bus that nobody drives. */
static int setup_none(struct vb_run *r)
{
	for (size_t i = 0; i < ARRAY_SIZE(ports); i++) {
		if (!request_region(ports[i], 1, "vbench"))
			continue;
		if (inb(ports[i]) == 0xff) {
			r->private = (void *)&ports[i];
			return 0;
		}
		release_region(ports[i], 1);
	}
	vb_why(r, "found no I/O port that is nobody's");
	return 0;
}

static void end_none(struct vb_run *r)
{
	if (r->private)
		release_region(*(u16 *)r->private, 1);
}

static void probe_none(struct vb_run *r)
{
	if (!boot_cpu_has(X86_FEATURE_HYPERVISOR))
		vb_why(r, "not in a virtual machine: unknown ports of real "
			  "hardware are left alone");
	vb_try(r, "IN from nobody's port");
}

static void run_none(struct vb_run *r, u64 n)
{
	u16 port = *(u16 *)r->private;

	VB_LOOP(n, asm goto(VB_GUARD("inb %%dx, %%al")
			    :
			    : "d"(port)
			    : "rax", "memory"
			    : fault));
	return;
fault:
	vb_faulted(r);
}

const struct vb_op vb_op_pio_none = {
	.probe = probe_none,
	.setup = setup_none,
	.run = run_none,
	.teardown = end_none,
	.access = LOCKDOWN_IOPORT,
};
