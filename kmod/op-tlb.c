// SPDX-License-Identifier: GPL-2.0-only
/*
 * One operation: INVLPG of a mapped address, INVPCID of that address, or of
 * everything with the global entries, which is a full flush.
 *
 * With nested paging the guest flushes its own entries, and nothing exits; with
 * shadow page tables the hypervisor has to do it (SDM vol. 3C, "INVLPG exiting",
 * which governs INVPCID as well; APM vol. 2, "Instruction Intercepts").  What a
 * full flush costs later is not in the figure.
 */
#include <linux/gfp.h>
#include <asm/cpufeature.h>

#include "guard.h"

static int setup_page(struct vb_run *r)
{
	r->private = (void *)__get_free_page(GFP_KERNEL);
	return r->private ? 0 : -ENOMEM;
}

static void free_it(struct vb_run *r)
{
	free_page((unsigned long)r->private);
}

static void probe_invlpg(struct vb_run *r)
{
	if (!vb_unprivileged(r))
		vb_try(r, "INVLPG");
}

static void run_invlpg(struct vb_run *r, u64 n)
{
	void *page = r->private;

	VB_LOOP(n, asm goto(VB_GUARD("invlpg (%0)")
			    :
			    : "r"(page)
			    : "rax", "memory"
			    : fault));
	return;
fault:
	vb_faulted(r);
}

const struct vb_op vb_op_invlpg = {
	.probe = probe_invlpg,
	.setup = setup_page,
	.run = run_invlpg,
	.teardown = free_it,
};

static void probe_invpcid(struct vb_run *r)
{
	if (!boot_cpu_has(X86_FEATURE_INVPCID))
		vb_why(r, "CPUID lists no INVPCID");
	vb_not_encrypted(r, "INVPCID");
	if (!vb_unprivileged(r))
		vb_try(r, "INVPCID");
}

static void run_invpcid(struct vb_run *r, u64 n)
{
	const struct {
		u64 pcid, address;
	} what = { .address = (unsigned long)r->private };
	u64 type = r->op->arg;

	VB_LOOP(n, asm goto(VB_GUARD("invpcid %0, %1")
			    :
			    : "m"(what), "r"(type)
			    : "rax", "memory"
			    : fault));
	return;
fault:
	vb_faulted(r);
}

/* Types of INVPCID: SDM vol. 2A. */
const struct vb_op vb_op_invpcid_address = {
	.probe = probe_invpcid,
	.setup = setup_page,
	.run = run_invpcid,
	.teardown = free_it,
	.arg = 0,
};

const struct vb_op vb_op_invpcid_all = {
	.probe = probe_invpcid,
	.setup = setup_page,
	.run = run_invpcid,
	.teardown = free_it,
	.arg = 2,
};
