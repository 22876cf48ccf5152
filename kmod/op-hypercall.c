// SPDX-License-Identifier: GPL-2.0-only
/*
 * One operation: a hypercall that asks for nothing: with a number that the
 * hypervisor does not know and refuses, or, where one fits, for its version.
 *
 * The shortest way into the hypervisor that a guest can choose.  The instruction
 * is the CPU's own (VMCALL, or VMMCALL on AMD's), or what the hypervisor wants
 * instead.  Where numbers go: KVM, Xen, Jailhouse: RAX (Linux,
 * Documentation/virt/kvm/x86/hypercalls.rst, arch/x86/include/asm/xen/hypercall.h,
 * asm/jailhouse_para.h); Hyper-V: RCX (TLFS, "Hypercall Inputs"); ACRN: R8
 * (asm/acrn.h); VMware: RCX, and a magic number in RAX (asm/vmware.h).
 */
#include <linux/kernel.h>
#include <linux/objtool.h>
#include <asm/cpufeature.h>
#include <asm/hypervisor.h>

#include "guard.h"

/* Bit 31 marks Hyper-V's calls where Xen takes those too. */
#define NO_CALL 0x7fffffff
/* A call code in 16 bits, and bit 16: the arguments are in registers. */
#define HYPERV_NO_CALL 0x17fff

#define VMWARE_MAGIC 0x564d5868
#define VMWARE_GETVERSION 10
#define VMWARE_PORT 0x5658

enum how { VMCALL, VMMCALL, SYSCALL, PORT };

struct call {
	enum how how;
	u64 rax, rcx, rdx, r8;
};

/* Clobbers what any of the conventions gives to the hypervisor. */
#define CALL(insn)                                                          \
	asm goto("xorl %%ebx, %%ebx\n\t"                                    \
		 "xorl %%esi, %%esi\n\t"                                    \
		 "xorl %%edi, %%edi\n\t"                                    \
		 "movq %[rax], %%rax\n\t"                                   \
		 "movq %[rcx], %%rcx\n\t"                                   \
		 "movq %[rdx], %%rdx\n\t"                                   \
		 "movq %[r8], %%r8\n\t" insn                                \
		 :                                                          \
		 : [rax] "m"(c->rax), [rcx] "m"(c->rcx), [rdx] "m"(c->rdx), \
		   [r8] "m"(c->r8)                                          \
		 : "rax", "rbx", "rcx", "rdx", "rsi", "rdi", "r8", "r9",    \
		   "r10", "r11", "memory"                                   \
		 : fault)

static void fill_in_vmware(struct call *c)
{
	c->rax = VMWARE_MAGIC;
	c->rcx = VMWARE_GETVERSION;
	c->rdx = VMWARE_PORT;
	if (boot_cpu_has(X86_FEATURE_VMCALL))
		c->how = VMCALL;
	else if (boot_cpu_has(X86_FEATURE_VMW_VMMCALL))
		c->how = VMMCALL;
	else
		c->how = PORT;
}

static struct call call_of_this_machine(void)
{
	struct call c = { .rax = NO_CALL, .r8 = NO_CALL };

	c.how = boot_cpu_has(X86_FEATURE_VMMCALL) ? VMMCALL : VMCALL;
	if (hypervisor_is_type(X86_HYPER_XEN_PV))
		c.how = SYSCALL;
	else if (hypervisor_is_type(X86_HYPER_MS_HYPERV))
		c.rcx = HYPERV_NO_CALL;
	else if (hypervisor_is_type(X86_HYPER_VMWARE))
		fill_in_vmware(&c);
	return c;
}

/* Xen PV's never faults; on its own, for objtool cannot follow a SYSCALL. */
static noinline void run_syscall(struct vb_run *r, u64 n, const struct call *c)
{
	VB_LOOP(n, CALL("syscall"));
	return;
fault:
	vb_faulted(r);
}
STACK_FRAME_NON_STANDARD(run_syscall);

static void run_hypercall(struct vb_run *r, u64 n)
{
	const struct call machine = call_of_this_machine(), *c = &machine;

	switch (c->how) {
	case VMCALL:
		VB_LOOP(n, CALL(VB_GUARD("vmcall")));
		return;
	case VMMCALL:
		VB_LOOP(n, CALL(VB_GUARD("vmmcall")));
		return;
	case SYSCALL:
		run_syscall(r, n, c);
		return;
	case PORT:
		VB_LOOP(n, CALL(VB_GUARD("inl %%dx, %%eax")));
		return;
	}
fault:
	vb_faulted(r);
}

static void probe_hypercall(struct vb_run *r)
{
	static const char *const names[] = { "VMCALL", "VMMCALL", "SYSCALL",
					     "IN from VMware's port" };

	/*
	 * A CPUID bit that hardware keeps 0; Xen PV's CPUID may as well, and
	 * VMware can be found by its port alone (arch/x86/kernel/cpu/vmware.c).
	 */
	if (!boot_cpu_has(X86_FEATURE_HYPERVISOR) &&
	    hypervisor_is_type(X86_HYPER_NATIVE))
		vb_why(r, "not in a virtual machine: no hypervisor to call");
	vb_try(r, "%s", names[call_of_this_machine().how]);
}

const struct vb_op vb_op_hypercall = {
	.probe = probe_hypercall,
	.run = run_hypercall,
};
