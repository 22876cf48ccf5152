// SPDX-License-Identifier: GPL-2.0-only
/*
 * Attributes VM exits to windows.
 *
 * All events of a vCPU come in the context of its thread, so the thread's id
 * is what state is found by, and one thread's state is written by nobody else.
 * Raw tracepoints, not tp_btf: their arguments need no BTF of the kvm module,
 * which can be missing, and no check for NULL that differs between kernels.
 *
 * Time: a thread is in one of four phases at any moment, and each change of
 * phase adds the time since the last one to the phase that ends.  So the four
 * parts add up to the whole by construction.  They are gathered for each exit
 * and counted at the entry that follows it, when it is known what it was.
 */
#include <linux/bpf.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "../bench/marker.h"
#include "exits.h"

typedef __u32 u32;
typedef __u64 u64;

char LICENSE[] SEC("license") = "GPL";

/* Filled in before the programs are loaded. */
const volatile u32 nwindows = 1;
const volatile u32 target_tgid; /* without markers: 0 all */
const volatile _Bool no_markers; /* every vCPU has a window of its own */
const volatile _Bool want_rip;
const volatile _Bool know_vcpu; /* kvm_entry(vcpu): its argument is one */
const volatile _Bool soft; /* this KVM emulates its guests */
const volatile u32 classic_isa; /* where the record has none */
const volatile u32 at_reason, at_rip, at_isa; /* offsets; 0 none */

/* Read by the reader. */
u32 tids[TRACE_VCPUS];
struct trace_vcpu vcpus[TRACE_VCPUS];
u32 windows_used;
/* With a wrong nonce, or of no window: by vCPUs that have had one of ours, and
 * by others, which are somebody else's. */
u64 stray_markers;
u64 foreign_markers;
u64 table_full;
#define CPUS 512
struct {
	u64 exits;
	u64 pad[7];
} foreign[CPUS];

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct trace_window);
} windows SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct trace_rips);
} rips SEC(".maps");

/* Of the kernel's structures only what is read; matched by name. */
struct kvm_vcpu_stat___vb {
	u64 exits;
} __attribute__((preserve_access_index));

struct kvm_vcpu_arch___vb {
	unsigned long regs[17];
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

struct task_struct___vb {
	int pid;
	char comm[16];
	struct task_struct___vb *group_leader;
} __attribute__((preserve_access_index));

/* Places that are looked at for one key; loops must end for the verifier. */
#define TRACE_TRIES 16

#define REG_RIP 16 /* enum kvm_reg: VCPU_REGS_RIP */

static __always_inline u32 first_way(u32 tid)
{
	return (tid * 2654435761u >> (32 - TRACE_SET_BITS)) * TRACE_WAYS;
}

static __always_inline struct trace_vcpu *find(u32 tid)
{
	u32 at = first_way(tid);

	if (!tid)
		return NULL;
	for (u32 i = 0; i < TRACE_WAYS; i++)
		if (tids[(at + i) & (TRACE_VCPUS - 1)] == tid)
			return &vcpus[(at + i) & (TRACE_VCPUS - 1)];
	return NULL;
}

static __always_inline u32 this_tid(void)
{
	return bpf_get_current_pid_tgid();
}

/* Also for a thread that has a place already. */
static __always_inline struct trace_vcpu *find_or_add(u32 tid)
{
	struct trace_vcpu *v = find(tid);
	u32 at = first_way(tid);

	if (v)
		return v;
	for (u32 i = 0; i < TRACE_WAYS; i++) {
		u32 *place = &tids[(at + i) & (TRACE_VCPUS - 1)];

		if (*place || __sync_val_compare_and_swap(place, 0, tid))
			continue;
		v = &vcpus[(at + i) & (TRACE_VCPUS - 1)];
		v->state = VCPU_CLOSED;
		v->vcpu = 0;
		return v;
	}
	__sync_fetch_and_add(&table_full, 1);
	return NULL;
}

static __always_inline struct trace_window *window_of(u32 id)
{
	u32 at = id % nwindows;
	struct trace_window *w = bpf_map_lookup_elem(&windows, &at);

	return w && w->id == id && id ? w : NULL;
}

static __always_inline void enter_phase(struct trace_vcpu *v, u32 phase,
					u64 now)
{
	v->ns[v->phase & (PHASES - 1)] += now - v->since;
	v->since = now;
	v->phase = phase;
}

static __always_inline void clear(struct trace_vcpu *v)
{
	for (int i = 0; i < PHASES; i++)
		v->ns[i] = 0;
	v->what = 0;
	v->detail = 0;
	v->user_exits = 0;
}

static __always_inline void add_to(struct exit_cell *c,
				   const struct trace_vcpu *v)
{
	c->count++;
	c->user_exits += v->user_exits;
	for (int i = 0; i < PHASES; i++)
		c->ns[i] += v->ns[i];
}

static __always_inline u32 hash(u64 a, u64 b)
{
	return (a * 0x9e3779b97f4a7c15ull ^ b * 0xc2b2ae3d27d4eb4full) >> 32;
}

/* In @cells, of which there are a power of two. */
static __always_inline struct exit_cell *
cell_of(struct exit_cell *cells, u32 ncells, u64 what, u64 detail)
{
	u32 at = hash(what, detail);

	for (u32 i = 0; i < TRACE_TRIES; i++) {
		struct exit_cell *c = &cells[(at + i) & (ncells - 1)];

		if (!c->what) {
			c->detail = detail;
			c->what = what;
		}
		if (c->what == what && c->detail == detail)
			return c;
	}
	return NULL;
}

/* What has too many details keeps its place without them. */
static __always_inline void count_cell(struct trace_window *w,
				       const struct trace_vcpu *v)
{
	u64 what = v->what | (v->user_exits ? TRACE_WHAT_USER : 0);
	struct exit_cell *c = NULL;

	if (v->detail)
		c = cell_of(w->cell + TRACE_PLAIN, TRACE_DETAILED, what,
			    v->detail);
	if (!c)
		c = cell_of(w->cell, TRACE_PLAIN, what, 0);
	add_to(c ? c : &w->over, v);
}

static __always_inline void count_rip(u32 id, const struct trace_vcpu *v)
{
	u32 at = id % nwindows;
	struct trace_rips *r = bpf_map_lookup_elem(&rips, &at);

	if (!r)
		return;
	at = hash(v->what, v->rip);
	for (u32 i = 0; i < TRACE_TRIES; i++) {
		struct rip_cell *c = &r->cell[(at + i) & (TRACE_RIPS - 1)];

		if (!c->what) {
			c->rip = v->rip;
			c->what = v->what;
		}
		if (c->what == v->what && c->rip == v->rip) {
			c->count++;
			return;
		}
	}
	r->over++;
}

/* The exit that was being handled is over. */
static __always_inline void count(struct trace_vcpu *v)
{
	struct trace_window *w = window_of(v->window);

	if (!w) {
		v->state = VCPU_CLOSED;
		return;
	}
	w->exits++;
	count_cell(w, v);
	if (want_rip)
		count_rip(v->window, v);
	clear(v);
}

static __always_inline u64 stat_exits(u64 vcpu)
{
	struct kvm_vcpu___vb *p = (void *)vcpu;

	if (!vcpu || !bpf_core_field_exists(p->stat.exits))
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

/* At the entry, or where the marker is no exit, after a marker that begins. */
static __always_inline void open_window(struct trace_vcpu *v, u64 vcpu)
{
	struct trace_window *w = window_of(v->window);
	u64 vm = vm_of(vcpu);

	v->state = VCPU_CLOSED;
	if (!w)
		return;
	if (!w->vm) {
		w->vm = vm;
		w->tgid = bpf_get_current_pid_tgid() >> 32;
		w->vcpu = number_of(vcpu);
	} else if (w->vm != vm) {
		w->foreign++;
		w->owner = 0;
		return;
	}
	clear(v);
	v->vcpu = vcpu;
	v->next_detail = 0;
	v->stat_exits = stat_exits(vcpu);
	v->phase = PHASE_GUEST;
	v->state = VCPU_OPEN;
	v->begin = v->since = bpf_ktime_get_ns();
}

static __always_inline void close_window(struct trace_vcpu *v,
					 struct trace_window *w)
{
	u64 end = soft ? bpf_ktime_get_ns() : v->exit_at;

	if (soft)
		enter_phase(v, PHASE_GUEST, end);
	w->tail_ns[PHASE_GUEST] += v->ns[PHASE_GUEST];
	w->tail_ns[PHASE_SCHED] += soft ? v->ns[PHASE_SCHED] : v->sched_before;
	w->wall_ns += end - v->begin;
	/* The marker's own exit is counted by KVM and not by us. */
	if (v->vcpu)
		w->stat_exits += stat_exits(v->vcpu) - v->stat_exits - 1;
	w->opens++;
	w->owner = 0;
	v->state = VCPU_CLOSED;
}

static __always_inline void begin(u32 id, struct trace_window *w)
{
	u32 tid = this_tid();
	struct trace_vcpu *v = find_or_add(tid);

	if (!v)
		return;
	if (v->state != VCPU_CLOSED && !window_of(v->window))
		v->state = VCPU_CLOSED;
	if (v->state != VCPU_CLOSED ||
	    __sync_val_compare_and_swap(&w->owner, 0, tid)) {
		w->begin_twice++;
		return;
	}
	v->window = id;
	v->state = VCPU_OPENING;
	if (soft)
		open_window(v, 0);
}

static __always_inline void end(u32 id, struct trace_window *w)
{
	struct trace_vcpu *v = find(this_tid());

	if (v && v->state == VCPU_OPEN && v->window == id)
		close_window(v, w);
	else if (w->owner)
		w->moved++;
	else
		w->end_alone++;
}

static __always_inline void marker(u32 word)
{
	u32 id = word >> MARKER_WINDOW_SHIFT & MARKER_WINDOW_MAX;
	struct trace_window *w = window_of(id);

	if (!w || w->nonce != word >> MARKER_NONCE_SHIFT)
		__sync_fetch_and_add(find(this_tid()) ? &stray_markers :
							&foreign_markers,
				     1);
	else if (word & MARKER_BEGIN)
		begin(id, w);
	else
		end(id, w);
}

static __always_inline struct trace_vcpu *open_vcpu(void)
{
	struct trace_vcpu *v = find(this_tid());

	return v && v->state == VCPU_OPEN ? v : NULL;
}

/* What is said first says what the exit was for. */
static __always_inline void set_detail(u64 detail)
{
	struct trace_vcpu *v = open_vcpu();

	if (!v)
		return;
	if (v->what && !v->detail)
		v->detail = detail;
	else if (soft)
		v->next_detail = detail;
}

SEC("raw_tp/kvm_cpuid")
int kvm_cpuid(struct bpf_raw_tracepoint_args *ctx)
{
	u32 leaf = ctx->args[0];

	if (leaf == MARKER_LEAF && !no_markers)
		marker(ctx->args[1]);
	set_detail(TRACE_DETAIL(TRACE_CPUID, leaf));
	return 0;
}

SEC("raw_tp/kvm_hypercall")
int kvm_hypercall(struct bpf_raw_tracepoint_args *ctx)
{
	u64 nr = ctx->args[0];

	if (nr == MARKER_LEAF && !no_markers)
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
	u64 now = bpf_ktime_get_ns();

	enter_phase(v, PHASE_KERNEL, now);
	v->exit_at = now;
	v->sched_before = v->ns[PHASE_SCHED];
	v->what = what;
	v->detail = 0;
	v->rip = rip;
}

static __always_inline u32 svm_exit_code(u64 vcpu)
{
	/* struct kvm_vcpu is its first member. */
	struct vcpu_svm___vb *svm = (void *)vcpu;

	if (!bpf_core_type_exists(struct vcpu_svm___vb))
		return ~0u;
	return BPF_CORE_READ(svm, vmcb, control.exit_code);
}

/* The vCPU's state, if this exit is in a window. */
static __always_inline struct trace_vcpu *exiting(void)
{
	struct trace_vcpu *v = find(this_tid());

	if (!v)
		foreign[bpf_get_smp_processor_id() & (CPUS - 1)].exits++;
	return v && v->state == VCPU_OPEN ? v : NULL;
}

static __always_inline u64 rip_of(u64 vcpu)
{
	struct kvm_vcpu___vb *p = (void *)vcpu;
	u64 rip = 0;

	if (want_rip && bpf_core_field_exists(p->arch.regs))
		bpf_core_read(&rip, sizeof(rip), &p->arch.regs[REG_RIP]);
	return rip;
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
	u32 isa = classic_isa;
	u64 rip = 0;

	if (!v)
		return 1;
	if (at_isa)
		isa = field(ctx, at_isa, 4);
	if (want_rip)
		rip = field(ctx, at_rip, 8);
	note_exit(v, TRACE_WHAT(isa, field(ctx, at_reason, 4)), rip);
	return 1;
}

static __always_inline _Bool wanted(void)
{
	return no_markers && (!target_tgid ||
			      target_tgid == bpf_get_current_pid_tgid() >> 32);
}

static __always_inline void open_unmarked(u64 vcpu)
{
	struct trace_vcpu *v = find_or_add(this_tid());
	struct task_struct___vb *task;
	struct trace_window *w;
	u32 id, at;

	if (!v)
		return;
	id = __sync_fetch_and_add(&windows_used, 1) + 1;
	at = id % nwindows;
	w = bpf_map_lookup_elem(&windows, &at);
	if (!w || id > nwindows) {
		__sync_fetch_and_add(&table_full, 1);
		return;
	}
	task = (void *)bpf_get_current_task();
	BPF_CORE_READ_INTO(&w->comm, task, group_leader, comm);
	w->id = id;
	w->owner = this_tid();
	v->window = id;
	open_window(v, vcpu);
}

SEC("raw_tp/kvm_entry")
int kvm_entry(struct bpf_raw_tracepoint_args *ctx)
{
	struct trace_vcpu *v = find(this_tid());
	u64 vcpu = know_vcpu ? ctx->args[0] : 0;
	struct trace_window *w;

	if (!v) {
		if (wanted())
			open_unmarked(vcpu);
		return 0;
	}
	if (v->state == VCPU_OPENING) {
		open_window(v, vcpu);
		return 0;
	}
	if (v->state != VCPU_OPEN)
		return 0;
	if (v->vcpu != vcpu && !no_markers) {
		w = window_of(v->window);
		if (w) {
			w->moved++;
			w->owner = 0;
		}
		v->state = VCPU_CLOSED;
		return 0;
	}
	enter_phase(v, PHASE_GUEST, bpf_ktime_get_ns());
	/* KVM can enter again at once, without a word (fast paths). */
	if (!v->what)
		v->what = TRACE_WHAT(TRACE_ISA_UNSEEN, 0);
	count(v);
	return 0;
}

static __always_inline void soft_exit(struct trace_vcpu *v, u32 reason)
{
	u64 detail = v->next_detail;

	if (v->what)
		count(v);
	note_exit(v, TRACE_WHAT(TRACE_ISA_SOFT, reason), 0);
	v->detail = detail;
	v->next_detail = 0;
}

static __always_inline void open_soft(void)
{
	if (wanted() && !find(this_tid()))
		open_unmarked(0);
}

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
	v->user_exits++;
	enter_phase(v, PHASE_VMM, bpf_ktime_get_ns());
	return 0;
}

SEC("fentry/kvm_arch_vcpu_ioctl_run")
int vcpu_run(void *ctx)
{
	struct trace_vcpu *v = open_vcpu();

	if (v && v->phase == PHASE_VMM)
		enter_phase(v, soft ? PHASE_GUEST : PHASE_KERNEL,
			    bpf_ktime_get_ns());
	return 0;
}

SEC("tp_btf/sched_switch")
int BPF_PROG(sched_switch, _Bool preempt, struct task_struct___vb *prev,
	     struct task_struct___vb *next)
{
	struct trace_vcpu *v = find(this_tid());

	if (v && v->state == VCPU_OPEN) {
		v->phase_before = v->phase;
		enter_phase(v, PHASE_SCHED, bpf_ktime_get_ns());
	}
	v = find(next->pid);
	if (v && v->state == VCPU_OPEN && v->phase == PHASE_SCHED)
		enter_phase(v, v->phase_before, bpf_ktime_get_ns());
	return 0;
}

/* Its id may be another thread's soon. */
SEC("tp_btf/sched_process_exit")
int BPF_PROG(thread_ends)
{
	u32 tid = this_tid(), at = first_way(tid);
	struct trace_vcpu *v = find(tid);
	struct trace_window *w;

	if (!v)
		return 0;
	w = v->state == VCPU_CLOSED ? NULL : window_of(v->window);
	if (w && !no_markers) {
		w->killed++;
		w->owner = 0;
	} else if (w) {
		if (v->what)
			count(v);
		w->wall_ns = v->since - v->begin;
		for (int i = 0; i < PHASES; i++)
			w->tail_ns[i] += v->ns[i];
		w->owner = 0;
		w->opens++;
	}
	v->state = VCPU_CLOSED;
	for (u32 i = 0; i < TRACE_WAYS; i++)
		if (tids[(at + i) & (TRACE_VCPUS - 1)] == tid)
			tids[(at + i) & (TRACE_VCPUS - 1)] = 0;
	return 0;
}
