/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the BPF programs and their reader share.  Memory is flat and mapped by
 * both: nothing is sent, so nothing can be lost on the way.
 */
#ifndef VBENCH_EXITS_H
#define VBENCH_EXITS_H

typedef __UINT32_TYPE__ trace_u32;
typedef __UINT64_TYPE__ trace_u64;

/* Instruction set of an exit reason: KVM's numbers (arch/x86/kvm/trace.h). */
#define TRACE_ISA_VMX 1
#define TRACE_ISA_SVM 2
#define TRACE_ISA_PVM 3
/* Our own: arm64's exception classes (or what else it was, below), exits to
 * user space of a KVM that emulates the guest, entries whose exit no tracepoint
 * showed, and returns to user space for a signal, which are no exits. */
#define TRACE_ISA_ARM64 16
#define TRACE_ISA_SOFT 17
#define TRACE_ISA_UNSEEN 18
#define TRACE_ISA_SIGNAL 19

/* arm64: the class tells of traps only (ARM_EXCEPTION_TRAP in its kvm_asm.h);
 * other exits are this and their own number. */
#define TRACE_ARM64_TRAP 2
#define TRACE_ARM64_NO_TRAP 0x100

/* The reason with its instruction set; never 0 for an exit. */
#define TRACE_WHAT(isa, code) ((trace_u64)(isa) << 32 | (trace_u32)(code))
/* The exit went on to the VMM in user space: cells of their own. */
#define TRACE_WHAT_USER (1ull << 40)
/* The exit was that of a guest of the guest: cells of their own as well. */
#define TRACE_WHAT_NESTED (1ull << 41)

/* What the kernel said about the exit while it handled it: bits 56 to 63; 0
 * for nothing. */
#define TRACE_DETAIL(kind, v) ((trace_u64)(kind) << 56 | (v))
#define TRACE_DETAIL_VALUE(d) ((d) & ((1ull << 56) - 1))
#define TRACE_DETAIL_KIND(d) ((d) >> 56)
enum {
	TRACE_CPUID = 1, /* leaf */
	TRACE_PIO, /* port, size << 16, write << 24 */
	TRACE_MSR, /* number, write << 32 */
	TRACE_HYPERCALL, /* number */
	TRACE_MMIO, /* guest-physical address, write << 52 */
	TRACE_CROWDED, /* there was one, and no cell for it */
};

enum { PHASE_GUEST, PHASE_KERNEL, PHASE_VMM, PHASE_SCHED, PHASES };

/* So many kinds of exits: without a detail and with one. */
#define TRACE_PLAIN 64
#define TRACE_DETAILED 512
#define TRACE_CELLS (TRACE_PLAIN + TRACE_DETAILED)
#define TRACE_RIPS 256

/* Kinds of exits, and places, of one opening that may yet be discarded. */
#define TRACE_STAGE 16

/*
 * A kind that finds no free cell takes the cell of the least frequent of those
 * that it could have had (space-saving, Metwally et al., ICDT 2005).  The cell's
 * figures move to TRACE_CROWDED, and its count is the most that the newcomer can
 * have had before: @missed.
 */
struct exit_cell {
	trace_u64 what; /* 0: free */
	trace_u64 detail;
	trace_u64 count;
	trace_u64 missed; /* upper bound of its exits in other cells */
	trace_u64 user_exits;
	trace_u64 ns[PHASES]; /* of PHASE_GUEST: that led up to the exit */
};

struct rip_cell {
	trace_u64 rip;
	trace_u64 what; /* 0: free */
	trace_u64 count;
	trace_u64 missed; /* as in struct exit_cell */
};

/* The place of an exit whose guest keeps its registers to itself. */
#define TRACE_RIP_HIDDEN (~0ull)

/* Where exits came from, of one window. */
struct trace_rips {
	struct rip_cell cell[TRACE_RIPS];
	trace_u64 over; /* lost their cell to others */
	trace_u64 hidden; /* TRACE_RIP_HIDDEN */
	struct rip_cell stage[TRACE_STAGE];
};

struct trace_window {
	trace_u32 id; /* 0: not in use */
	trace_u32 nonce;
	trace_u32 owner; /* tid of the vCPU thread in it; 0 closed */
	trace_u32 tgid; /* of the first that was */
	trace_u32 vcpu; /* its number in the VM */
	trace_u32 ended; /* the VM is gone: the how manieth that went; 0 lives */
	char comm[16]; /* of its process */
	/* Of the first, others are foreign: struct kvm *, or else its tgid. */
	trace_u64 vm;
	trace_u64 opens; /* that were closed as well */
	trace_u64 discarded; /* that the guest took back */
	/* Broken markers. */
	trace_u64 begin_twice;
	trace_u64 end_alone;
	trace_u64 foreign; /* right words, but from another VM */
	trace_u64 killed; /* the vCPU's thread ended in it */
	trace_u64 moved; /* ended on another vCPU, or its thread changed it */
	/* Independent of the cells. */
	trace_u64 exits;
	trace_u64 stat_exits; /* vcpu->stat.exits, end minus begin */
	trace_u64 uneven; /* so often the two differed, from begin to end */
	trace_u64 wall_ns;
	trace_u64 tail_ns[PHASES]; /* after the last exit that counts */
	/*
	 * Odd while one kind of exit takes the place of another, here or in struct
	 * trace_rips.  A copy that was taken meanwhile can show one kind with the
	 * figures of another; any other copy lacks at most the exits that came while
	 * it was taken.
	 */
	trace_u64 turnover;
	struct exit_cell over; /* found no cell */
	struct exit_cell stage[TRACE_STAGE]; /* of a tentative opening */
	struct exit_cell stage_over;
	struct exit_cell cell[TRACE_CELLS];
};

/* At most so many windows; ids are 1 to their number without markers. */
#define TRACE_WINDOWS_MAX 1024

#define TRACE_VCPUS 1024

enum { VCPU_CLOSED, VCPU_OPENING, VCPU_OPEN };

#define VCPU_UNKNOWN (~0ull) /* no struct kvm_vcpu is there */

/* A phase and when it began, in one word: the scheduler's programs may change both
 * between two lines of KVM's. */
#define TRACE_MOMENT(since, phase) ((trace_u64)(since) << 2 | (phase))
#define TRACE_SINCE(moment) ((moment) >> 2)
#define TRACE_PHASE(moment) ((trace_u32)(moment)&3)

/* A vCPU thread. */
struct trace_vcpu {
	trace_u64 vcpu; /* struct kvm_vcpu *; 0 unknown */
	trace_u32 place; /* in the table */
	trace_u32 window; /* id */
	trace_u32 state;
	trace_u32 phase_before; /* it was descheduled */
	trace_u32 tentative; /* the window may be discarded: stage */
	trace_u64 moment;
	trace_u64 run_at; /* the VMM called KVM_RUN since; 0 it did not */
	trace_u64 begin;
	trace_u64 stat_exits, exits; /* at the beginning */
	trace_u64 ns[PHASES]; /* since the last exit was counted */
	/* The exit that is being handled. */
	trace_u64 exit_at;
	trace_u64 sched_before; /* of ns[PHASE_SCHED], before exit_at */
	trace_u64 what; /* 0: none */
	trace_u64 detail;
	trace_u64 next_detail; /* of the exit to come */
	trace_u64 rip;
	trace_u64 user_exits;
};

#endif
