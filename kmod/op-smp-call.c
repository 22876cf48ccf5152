// SPDX-License-Identifier: GPL-2.0-only
/*
 * One operation: smp_call_function_single() or smp_call_function() of a function
 * that does nothing, waited for; the other CPUs are running.
 *
 * The cost is that of IPIs, and of locks that wait for vCPUs: all must have run
 * before it returns.  Where the hypervisor offers it, one hypercall sends to many
 * (KVM_HC_SEND_IPI: Documentation/virt/kvm/x86/hypercalls.rst).
 */
#include <linux/cpumask.h>
#include <linux/smp.h>

#include "vb.h"

static void nothing(void *unused)
{
}

static int setup_single(struct vb_run *r)
{
	r->private = vb_peers_start(r, 1);
	return 0;
}

static int setup_all(struct vb_run *r)
{
	r->private = vb_peers_start(r, num_online_cpus() - 1);
	return 0;
}

static void teardown(struct vb_run *r)
{
	vb_peers_stop(r->private);
}

static void run_single(struct vb_run *r, u64 n)
{
	VB_LOOP(n, smp_call_function_single(r->peer, nothing, NULL, 1));
}

const struct vb_op vb_op_smp_call_single = {
	.setup = setup_single,
	.run = run_single,
	.teardown = teardown,
};

static void run_all(struct vb_run *r, u64 n)
{
	VB_LOOP(n, smp_call_function(nothing, NULL, 1));
}

const struct vb_op vb_op_smp_call_all = {
	.setup = setup_all,
	.run = run_all,
	.teardown = teardown,
};
