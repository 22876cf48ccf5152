/* SPDX-License-Identifier: GPL-2.0-only */
/* Of the kernel's structures only what is read; matched by name (CO-RE). */
#ifndef VBENCH_BPF_KERNEL_H
#define VBENCH_BPF_KERNEL_H

#include <bpf/bpf_core_read.h>

#include "memory.h"

struct kvm_vcpu_stat___vb {
	u64 exits;
} __attribute__((preserve_access_index));

/* RIP is one of the registers, or a member of its own (2026). */
struct kvm_vcpu_arch___vb {
	unsigned long regs[17];
	unsigned long rip;
	_Bool guest_state_protected;
} __attribute__((preserve_access_index));

struct kvm___vb;
struct kvm_vcpu___vb {
	struct kvm___vb *kvm;
	int vcpu_id;
	struct kvm_vcpu_arch___vb arch;
	struct kvm_vcpu_stat___vb stat;
} __attribute__((preserve_access_index));

struct vmcb_control_area___vb {
	u32 exit_code;
} __attribute__((preserve_access_index));

struct vmcb___vb {
	struct vmcb_control_area___vb control;
} __attribute__((preserve_access_index));

struct vcpu_svm___vb {
	struct vmcb___vb *vmcb;
} __attribute__((preserve_access_index));

struct ns_common___vb {
	unsigned int inum;
} __attribute__((preserve_access_index));

struct pid_namespace___vb {
	struct ns_common___vb ns;
} __attribute__((preserve_access_index));

struct upid___vb {
	int nr;
	struct pid_namespace___vb *ns;
} __attribute__((preserve_access_index));

struct pid___vb {
	unsigned int level;
	struct upid___vb numbers[1]; /* level + 1 of them */
} __attribute__((preserve_access_index));

struct task_struct___vb {
	int pid;
	char comm[16];
	struct task_struct___vb *group_leader;
	struct pid___vb *thread_pid;
} __attribute__((preserve_access_index));

enum kvm_reg___vb { VCPU_REGS_RIP___vb = 16 };

static __always_inline _Bool has_stat(void)
{
	struct kvm_vcpu___vb *p = NULL;

	return bpf_core_field_exists(p->stat.exits);
}

static __always_inline u64 stat_exits(u64 vcpu)
{
	struct kvm_vcpu___vb *p = (void *)vcpu;

	if (!vcpu || !has_stat())
		return 0;
	return BPF_CORE_READ(p, stat.exits);
}

/* A VM is known by its struct kvm, or else by its process. */
static __always_inline u64 vm_of(u64 vcpu)
{
	struct kvm_vcpu___vb *p = (void *)vcpu;

	if (!vcpu || !bpf_core_field_exists(p->kvm))
		return bpf_get_current_pid_tgid() >> 32;
	return (u64)BPF_CORE_READ(p, kvm);
}

static __always_inline u32 number_of(u64 vcpu)
{
	struct kvm_vcpu___vb *p = (void *)vcpu;

	if (!vcpu || !bpf_core_field_exists(p->vcpu_id))
		return 0;
	return BPF_CORE_READ(p, vcpu_id);
}

static __always_inline u32 svm_exit_code(u64 vcpu)
{
	/* struct kvm_vcpu is its first member. */
	struct vcpu_svm___vb *svm = (void *)vcpu;

	if (!bpf_core_type_exists(struct vcpu_svm___vb))
		return ~0u;
	return BPF_CORE_READ(svm, vmcb, control.exit_code);
}

/* SEV-ES and TDX: the registers that KVM has are those of long ago, or none. */
static __always_inline _Bool keeps_registers(u64 vcpu)
{
	struct kvm_vcpu___vb *p = (void *)vcpu;

	if (!vcpu || !bpf_core_field_exists(p->arch.guest_state_protected))
		return 0;
	return BPF_CORE_READ(p, arch.guest_state_protected);
}

static __always_inline u64 rip_of(u64 vcpu)
{
	struct kvm_vcpu___vb *p = (void *)vcpu;
	const unsigned long *regs;
	u64 rip = TRACE_RIP_HIDDEN;

	if (!want_rip || keeps_registers(vcpu))
		return rip;
	if (bpf_core_field_exists(p->arch.rip))
		return BPF_CORE_READ(p, arch.rip);
	if (!bpf_core_field_exists(p->arch.regs))
		return rip;
	regs = p->arch.regs;
	if (bpf_core_enum_value_exists(enum kvm_reg___vb, VCPU_REGS_RIP___vb))
		bpf_probe_read_kernel(
			&rip, sizeof(rip),
			regs + bpf_core_enum_value(enum kvm_reg___vb,
						   VCPU_REGS_RIP___vb));
	return rip;
}

#define PID_LEVELS 33 /* MAX_PID_NS_LEVEL and the first (pid_namespace.h) */

/* Whether this process is in that pid namespace or in one below it. */
static __always_inline _Bool in_namespace(u32 inum)
{
	struct task_struct___vb *task = (void *)bpf_get_current_task();
	struct pid___vb *pid = BPF_CORE_READ(task, thread_pid);
	struct upid___vb *upid = (void *)&pid->numbers;
	u32 level = BPF_CORE_READ(pid, level);

	for (u32 i = 0; i < PID_LEVELS && i <= level; i++) {
		if (BPF_CORE_READ(upid, ns, ns.inum) == inum)
			return 1;
		upid = (void *)upid + bpf_core_type_size(struct upid___vb);
	}
	return 0;
}

#endif
