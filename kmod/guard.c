// SPDX-License-Identifier: GPL-2.0-only
/* Finding out by trying which instructions are refused. */
#include <linux/cc_platform.h>
#include <linux/irqflags.h>
#include <linux/kernel.h>
#include <linux/preempt.h>
#include <asm/hypervisor.h>
#include <asm/trapnr.h>

#include "guard.h"

u32 vb_vector;

static const char *exception(u32 vector)
{
	switch (vector) {
	case X86_TRAP_UD:
		return "#UD";
	case X86_TRAP_GP:
		return "#GP";
	case X86_TRAP_PF:
		return "#PF";
	case X86_TRAP_VE:
		return "#VE";
	}
	return "an exception";
}

void vb_faulted(struct vb_run *r)
{
	vb_why(r, "an instruction raised %s in the batch",
	       exception(vb_vector));
	r->outcome = VBENCH_OUTCOME_FAULTED;
}

static void run_once(struct vb_run *r)
{
	unsigned long flags = 0;

	preempt_disable();
	if (r->flags & VBENCH_OP_IRQS_OFF)
		local_irq_save(flags);
	if (r->op->before)
		r->op->before(r);
	r->op->run(r, 1);
	if (r->op->after)
		r->op->after(r);
	if (r->flags & VBENCH_OP_IRQS_OFF)
		local_irq_restore(flags);
	preempt_enable();
}

void vb_try(struct vb_run *r, const char *what, ...)
{
	char name[VBENCH_TEXT_LEN - sizeof(" raises an exception")];
	va_list ap;
	int ret = 0;

	if (r->outcome)
		return;
	if (r->op->setup)
		ret = r->op->setup(r);
	if (ret)
		vb_why(r, "cannot be set up: error %d", -ret);
	if (!r->outcome)
		run_once(r);
	if (r->op->teardown)
		r->op->teardown(r);
	if (r->outcome != VBENCH_OUTCOME_FAULTED)
		return;
	va_start(ap, what);
	vsnprintf(name, sizeof(name), what, ap);
	va_end(ap);
	r->why[0] = '\0';
	vb_why(r, "%s raises %s", name, exception(vb_vector));
}

bool vb_rdmsr(u32 msr, u64 *value)
{
	asm goto(VB_GUARD("rdmsr") "movl %%eax, (%1)\n\tmovl %%edx, 4(%1)"
		 :
		 : "c"(msr), "D"(value)
		 : "rax", "rdx", "memory"
		 : fault);
	return true;
fault:
	return false;
}

bool vb_unprivileged(struct vb_run *r)
{
	if (!hypervisor_is_type(X86_HYPER_XEN_PV))
		return false;
	vb_why(r, "the kernel of a Xen PV guest is not privileged");
	return true;
}

void vb_not_encrypted(struct vb_run *r, const char *insn)
{
	if (cc_platform_has(CC_ATTR_GUEST_STATE_ENCRYPT))
		vb_why(r,
		       "the guest's state is encrypted: an exit for %s would "
		       "end the guest",
		       insn);
}
