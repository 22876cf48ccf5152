// SPDX-License-Identifier: GPL-2.0-only
/*
 * Attributes VM exits to windows.
 *
 * All events of a vCPU come in the context of its thread, so the thread's id
 * is what state is found by.  vcpus.h says from where else that state is written.
 * Raw tracepoints, not tp_btf: their arguments need no BTF of the kvm module,
 * which can be missing, and no check for NULL that differs between kernels.
 *
 * Time: a thread is in one of four phases at any moment, and each change of
 * phase adds the time since the last one to the phase that ends.  So the four
 * parts add up to the whole by construction.  They are gathered for each exit
 * and counted at the entry that follows it, when it is known what it was.
 */
#include <asm-generic/errno-base.h>
#include <linux/bpf.h>
#include <linux/kvm.h>

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "windows.h"

char LICENSE[] SEC("license") = "GPL";

/* Of a KVM that emulates: whether it goes to the VMM for what it said. */
static __always_inline _Bool fits(u64 what, u64 detail)
{
	u64 kind = TRACE_DETAIL_KIND(detail);

	return (what == TRACE_WHAT(TRACE_ISA_SOFT, KVM_EXIT_IO) &&
		kind == TRACE_PIO) ||
	       (what == TRACE_WHAT(TRACE_ISA_SOFT, KVM_EXIT_MMIO) &&
		kind == TRACE_MMIO) ||
	       (what == TRACE_WHAT(TRACE_ISA_SOFT, KVM_EXIT_HYPERCALL) &&
		kind == TRACE_HYPERCALL);
}

/*
 * What is said first says what the exit was for.  Fast paths of SVM say it
 * before kvm_exit.  A KVM that emulates says much: what it said last is what it
 * goes to the VMM for, but for what the VMM answers, which it says afterwards.
 */
static __always_inline void set_detail(u64 detail)
{
	struct trace_vcpu *v = open_vcpu();

	if (!v)
		return;
	if (soft && !(fits(v->what, detail) && !v->detail))
		v->next_detail = detail;
	else if (!v->what && !v->next_detail)
		v->next_detail = detail;
	else if (v->what && !v->detail)
		v->detail = detail;
}

SEC("raw_tp/kvm_cpuid")
int kvm_cpuid(struct bpf_raw_tracepoint_args *ctx)
{
	u32 leaf = ctx->args[0];

	if (leaf == MARKER_LEAF)
		marker(ctx->args[1]);
	set_detail(TRACE_DETAIL(TRACE_CPUID, leaf));
	return 0;
}

SEC("raw_tp/kvm_hypercall")
int kvm_hypercall(struct bpf_raw_tracepoint_args *ctx)
{
	u64 nr = ctx->args[0];

	if (nr == MARKER_LEAF)
		marker(ctx->args[1]);
	set_detail(TRACE_DETAIL(TRACE_HYPERCALL, TRACE_DETAIL_VALUE(nr)));
	return 0;
}

SEC("raw_tp/kvm_pio")
int kvm_pio(struct bpf_raw_tracepoint_args *ctx)
{
	u64 write = (u32)ctx->args[0], port = ctx->args[1] & 0xffff;
	u64 size = ctx->args[2] & 0xff;

	set_detail(TRACE_DETAIL(TRACE_PIO, port | size << 16 | write << 24));
	return 0;
}

SEC("raw_tp/kvm_msr")
int kvm_msr(struct bpf_raw_tracepoint_args *ctx)
{
	u64 write = (u32)ctx->args[0], msr = (u32)ctx->args[1];

	set_detail(TRACE_DETAIL(TRACE_MSR, msr | write << 32));
	return 0;
}

/* Type 2 is a write (arch/x86/kvm/trace.h and virt/kvm's KVM_TRACE_MMIO_*). */
SEC("raw_tp/kvm_mmio")
int kvm_mmio(struct bpf_raw_tracepoint_args *ctx)
{
	u64 write = (u32)ctx->args[0] == 2;
	u64 gpa = ctx->args[2] & ((1ull << 52) - 1);

	set_detail(TRACE_DETAIL(TRACE_MMIO, gpa | write << 52));
	return 0;
}

SEC("raw_tp/kvm_fast_mmio")
int kvm_fast_mmio(struct bpf_raw_tracepoint_args *ctx)
{
	u64 gpa = ctx->args[0] & ((1ull << 52) - 1);

	set_detail(TRACE_DETAIL(TRACE_MMIO, gpa | 1ull << 52));
	return 0;
}

/* Notes an exit; what it was for comes out while it is handled. */
static __always_inline void note_exit(struct trace_vcpu *v, u64 what, u64 rip)
{
	struct change c = enter_phase_now(v, PHASE_KERNEL);

	v->exit_at = c.at;
	v->sched_before = c.sched;
	v->what = what;
	v->detail = v->next_detail;
	v->next_detail = 0;
	v->rip = rip;
}

/* Our own guests exit before they mark anything, and on vCPUs that never do.
 * Without a pid namespace of the run these cannot be told. */
__noinline int from_elsewhere(void);

__noinline int from_elsewhere(void)
{
	return !pid_namespace || !in_namespace(pid_namespace);
}

/* The vCPU's state, if this exit is in a window. */
static __always_inline struct trace_vcpu *exiting(void)
{
	struct trace_vcpu *v = find(this_tid());

	if (!v && running && !no_markers && from_elsewhere())
		increase(
			&foreign[bpf_get_smp_processor_id() & (CPUS - 1)].exits,
			1);
	return v && v->state == VCPU_OPEN ? v : NULL;
}

/* (vcpu, isa): since 5.16. */
SEC("raw_tp/kvm_exit")
int kvm_exit(struct bpf_raw_tracepoint_args *ctx)
{
	struct trace_vcpu *v = exiting();
	u64 vcpu = ctx->args[0];
	u32 isa = ctx->args[1];

	if (v)
		note_exit(v, TRACE_WHAT(isa, svm_exit_code(vcpu)),
			  rip_of(vcpu));
	return 0;
}

/* (reason, vcpu, isa): up to 5.15. */
SEC("raw_tp/kvm_exit")
int kvm_exit_reason(struct bpf_raw_tracepoint_args *ctx)
{
	struct trace_vcpu *v = exiting();
	u32 reason = ctx->args[0], isa = ctx->args[2];

	if (v)
		note_exit(v, TRACE_WHAT(isa, reason), rip_of(ctx->args[1]));
	return 0;
}

static __always_inline u64 field(void *ctx, u32 at, u32 size)
{
	u64 value = 0;

	if (at)
		bpf_probe_read_kernel(&value, size, ctx + at);
	return value;
}

/*
 * Where the exit's registers are read late (VMX caches them), the record is
 * right and the structures are not yet.  Returns 1: 0 would take the sample
 * from a perf that listens as well.
 */
SEC("tracepoint/kvm/kvm_exit")
int kvm_exit_record(void *ctx)
{
	struct trace_vcpu *v = exiting();
	u32 isa = classic_isa, reason;
	u64 rip = TRACE_RIP_HIDDEN;

	if (!v)
		return 1;
	reason = field(ctx, at_reason, 4);
	if (at_isa)
		isa = field(ctx, at_isa, 4);
	if (at_ret && field(ctx, at_ret, 4) != TRACE_ARM64_TRAP)
		reason = TRACE_ARM64_NO_TRAP + field(ctx, at_ret, 4);
	if (want_rip && at_rip && !keeps_registers(v->vcpu))
		rip = field(ctx, at_rip, 8);
	note_exit(v, TRACE_WHAT(isa, reason), rip);
	return 1;
}

SEC("raw_tp/kvm_entry")
int kvm_entry(struct bpf_raw_tracepoint_args *ctx)
{
	struct trace_vcpu *v = find(this_tid());
	u64 vcpu = know_vcpu ? ctx->args[0] : 0;

	if (v && v->state == VCPU_OPENING) {
		open_window(v, vcpu);
		return 0;
	}
	if (!v || v->state != VCPU_OPEN) {
		if (wanted())
			open_unmarked(vcpu);
		return 0;
	}
	if (v->vcpu != vcpu && !goes_on(vcpu))
		return 0;
	enter_phase_now(v, PHASE_GUEST);
	count(v->place);
	return 0;
}

/* (vcpu, isa) or more: while the exit is handled, or handed on. */
SEC("raw_tp/kvm_nested_vmexit")
int kvm_nested_vmexit(void *ctx)
{
	struct trace_vcpu *v = open_vcpu();

	if (v && v->what)
		v->what |= TRACE_WHAT_NESTED;
	return 0;
}

/* It is counted when the next one comes. */
static __always_inline void soft_exit(struct trace_vcpu *v, u32 reason)
{
	if (v->what)
		count(v->place);
	note_exit(v, TRACE_WHAT(TRACE_ISA_SOFT, reason), 0);
	if (!fits(v->what, v->detail))
		v->detail = 0;
}

static __always_inline void open_soft(void)
{
	struct trace_vcpu *v = find(this_tid());

	if (wanted() && !(v && v->state == VCPU_OPEN))
		open_unmarked(0);
}

/* The last exit was handled, and was not for the VMM: its time ends here. */
static __always_inline void leave_for_signal(struct trace_vcpu *v)
{
	enter_phase_now(v, PHASE_KERNEL);
	if (v->what)
		count(v->place);
	v->what = TRACE_WHAT(TRACE_ISA_SIGNAL, 0);
}

/* (reason, errno) */
SEC("raw_tp/kvm_userspace_exit")
int kvm_userspace_exit(struct bpf_raw_tracepoint_args *ctx)
{
	struct trace_vcpu *v;

	if (soft)
		open_soft();
	v = open_vcpu();
	if (!v)
		return 0;
	if (soft)
		soft_exit(v, ctx->args[0]);
	else if ((s32)ctx->args[1] == -EINTR)
		leave_for_signal(v);
	if (is_exit(v->what))
		v->user_exits++;
	enter_phase_now(v, PHASE_VMM);
	return 0;
}

/* One word, for it can be preempted: settle(). */
SEC("fentry/kvm_arch_vcpu_ioctl_run")
int vcpu_run(void *ctx)
{
	struct trace_vcpu *v = open_vcpu();

	if (v && phase_of(v) == PHASE_VMM)
		v->run_at = bpf_ktime_get_ns();
	return 0;
}

/* A struct kvm of later can have the same address. */
SEC("fentry/kvm_arch_destroy_vm")
int BPF_PROG(vm_ends, struct kvm___vb *kvm)
{
	u32 n = __sync_fetch_and_add(&vms_ended, 1) + 1;
	struct trace_window *w;

	for (u32 i = 0; i < TRACE_WINDOWS_MAX && i < nwindows; i++) {
		u32 at = i;

		w = bpf_map_lookup_elem(&windows, &at);
		if (w && w->id && !w->ended && w->vm == (u64)kvm) {
			w->ended = n;
			unknow(w->owner);
		}
	}
	return 0;
}

static __always_inline void switch_out(struct trace_vcpu *v)
{
	struct trace_window *w = no_markers ? window_of(v->window) : NULL;

	/* What the thread does now is no VM's. */
	if (w && w->ended) {
		leave_unmarked();
		return;
	}
	sched_out(v);
}

SEC("tp_btf/sched_switch")
int BPF_PROG(sched_switch, _Bool preempt, struct task_struct___vb *prev,
	     struct task_struct___vb *next)
{
	struct trace_vcpu *v = open_vcpu();

	if (v)
		switch_out(v);
	v = find(next->pid);
	if (v && v->state == VCPU_OPEN)
		sched_in(v);
	return 0;
}

/* Its id may be another thread's soon. */
SEC("tp_btf/sched_process_exit")
int BPF_PROG(thread_ends)
{
	u32 tid = this_tid();
	struct trace_vcpu *v = find(tid);
	struct trace_window *w;

	if (!v)
		return 0;
	w = v->state == VCPU_CLOSED ? NULL : window_of(v->window);
	if (w && no_markers) {
		leave_unmarked();
	} else if (w) {
		w->killed++;
		w->owner = 0;
	}
	v->state = VCPU_CLOSED;
	forget(tid);
	return 0;
}
