/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * The interface of /dev/vbench, the character device of vbench.ko.
 * Documentation/kmod.rst tells how to use it.
 *
 * Each struct begins with its own size, which the caller fills in.  A newer
 * module takes a shorter struct (what is missing counts as zero) and fills no
 * more than that; an older module takes a longer one if what it does not know
 * is zero, and fails with E2BIG otherwise, as clone3(2) does.  So members may be
 * added at the end, and none is ever changed or removed.
 *
 * A 32-bit program has the same structs as a 64-bit one.  What is not said to be
 * an answer comes back as it was given.
 */
#ifndef _UAPI_VBENCH_H
#define _UAPI_VBENCH_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define VBENCH_ABI 1
#define VBENCH_DEVICE "/dev/vbench"

#define VBENCH_NAME_LEN 32 /* bytes with the NUL, as all lengths here */
#define VBENCH_TEXT_LEN 128
#define VBENCH_UNIT_LEN 16

/* What an operation demands of its surroundings. */
#define VBENCH_OP_IRQS_OFF (1u << 0) /* interrupts are off in a batch */
#define VBENCH_OP_SLEEPS (1u << 1) /* preemption is on in a batch */
#define VBENCH_OP_EVENTS (1u << 2) /* each run is an event with its latency */
#define VBENCH_OP_PEER (1u << 3) /* needs a second CPU */
#define VBENCH_OP_OPT_IN (1u << 4) /* needs VBENCH_RUN_OPT_IN: slows the host */
/* Executes the same instructions each time: under an emulator that counts them
 * its ticks are the same in every batch and every boot. */
#define VBENCH_OP_EXACT (1u << 5)
/* A run is one turn of a loop, whose own cost is kernel/floor-empty-loop. */
#define VBENCH_OP_LOOP (1u << 6)
/* Faults in the caller's memory, for which others may make it wait.  CPUs come
 * and go meanwhile, so the caller has to be bound to one. */
#define VBENCH_OP_FAULTS (1u << 7)

/* VBENCH_INFO: what is here. */
struct vbench_info {
	__u32 size;
	__u32 abi; /* VBENCH_ABI of the module */
	__aligned_u64 caps; /* VBENCH_CAP_* */
	__u32 nops; /* operations: 0..nops - 1 */
	__u32 ring_samples; /* that the ring has room for */
	__u32 tsc_khz; /* by the kernel's own calibration; 0 unknown */
	__u32 max_batches; /* of one VBENCH_RUN */
	__aligned_u64 max_limit_ns; /* of one VBENCH_RUN */
	char version[VBENCH_NAME_LEN];
};

#define VBENCH_CAP_CONSTANT_TSC (1ull << 0) /* CPUID promises a constant rate */
#define VBENCH_CAP_HYPERCALL (1ull << 1) /* VBENCH_MARK_HYPERCALL works */
#define VBENCH_CAP_PMU (1ull << 2) /* hooks can count instructions */

/* VBENCH_OP: operation @index. */
struct vbench_op {
	__u32 size;
	__u32 index; /* in */
	__u32 flags; /* out: VBENCH_OP_* */
	__u32 ask; /* in: VBENCH_ASK_* */
	char name[VBENCH_NAME_LEN];
	char title[VBENCH_TEXT_LEN]; /* "Time for one ..." */
	char unit[VBENCH_UNIT_LEN]; /* of what a sample holds: "ticks" */
	char why[VBENCH_TEXT_LEN]; /* it cannot run here; empty if it can */
};

/* What it is, but not whether it can run here, which is found by trying. */
#define VBENCH_ASK_NAME_ONLY (1u << 0)

/* VBENCH_RUN: @batches batches of @iterations each, in the caller's context. */
struct vbench_run {
	__u32 size;
	__u32 op; /* index */
	__u32 cpu; /* where the caller is pinned, or VBENCH_CPU_HERE */
	__u32 peer; /* the other CPU of a VBENCH_OP_PEER, or VBENCH_CPU_ANY */
	__aligned_u64 iterations; /* in a batch; 0: what a batch itself costs */
	__u32 batches; /* 1..max_batches */
	__u32 flags; /* VBENCH_RUN_* */
	__aligned_u64 limit_ns; /* no batch begins later; 0: max_limit_ns */
	__u32 mark; /* VBENCH_MARK_*: around each batch */
	__u32 window; /* as in struct vbench_mark */
	/* out */
	__u32 done; /* batches, each with a sample in the ring */
	__u32 outcome; /* VBENCH_OUTCOME_* */
	char why[VBENCH_TEXT_LEN]; /* if UNAVAILABLE, FAULTED, TIMEOUT or SKEW */
};

#define VBENCH_CPU_HERE 0xffffffffu
#define VBENCH_CPU_ANY 0xffffffffu

#define VBENCH_RUN_OPT_IN (1u << 0) /* run a VBENCH_OP_OPT_IN all the same */

enum vbench_outcome {
	VBENCH_OUTCOME_DONE,
	VBENCH_OUTCOME_UNAVAILABLE, /* cannot run here, or no further batch */
	VBENCH_OUTCOME_FAULTED, /* an instruction raised an exception */
	VBENCH_OUTCOME_RING_FULL, /* the reader is to catch up */
	VBENCH_OUTCOME_LIMIT, /* limit_ns is over */
	VBENCH_OUTCOME_SIGNAL, /* a signal is pending */
	VBENCH_OUTCOME_TIMEOUT, /* an event did not come */
	VBENCH_OUTCOME_SKEW, /* two CPUs' TSCs disagree: nor are others right */
};

/*
 * What one batch took.  At most about 1 ms: a batch of more iterations is cut,
 * and runs says to how many.
 */
struct vbench_sample {
	__aligned_u64 ticks; /* TSC, fenced */
	__u32 runs;
	__u16 interrupts; /* of this CPU in the batch, capped */
	__u16 flags; /* VBENCH_SAMPLE_* */
};

#define VBENCH_SAMPLE_CUT (1u << 0) /* fewer runs than were asked for */
#define VBENCH_SAMPLE_NMI (1u << 1) /* an NMI came in it */

/*
 * The ring, mapped with mmap(2) at offset 0, MAP_SHARED, VBENCH_RING_BYTES(
 * ring_samples) long.  The module writes samples and then head; the reader reads
 * samples and then writes tail.  Both count up and wrap at 2^32; entry i is
 * samples[i % entries].  head is a copy: what is written there is not believed.
 */
struct vbench_ring {
	__u32 abi;
	__u32 entries; /* a power of two */
	__u32 head;
	__u32 tail;
	struct vbench_sample samples[];
};

#define VBENCH_RING_BYTES(entries) \
	(sizeof(struct vbench_ring) + (entries) * sizeof(struct vbench_sample))

/*
 * VBENCH_BEGIN and VBENCH_END: what happened between the two to the CPU and to
 * the caller, who runs code of his own there.  Both fill the struct; after
 * VBENCH_BEGIN only ticks and cpu mean anything.
 */
struct vbench_hook {
	__u32 size;
	__u32 flags; /* VBENCH_HOOK_*, taken by VBENCH_BEGIN */
	__aligned_u64 ticks; /* BEGIN: the last thing read; END: the first */
	__aligned_u64 elapsed; /* ticks between those two */
	__aligned_u64 steal_ns; /* of this CPU; grows at its timer ticks */
	__u32 interrupts; /* taken by this CPU */
	__u32 nmis;
	__u32 switches; /* how often the caller left the CPU */
	__u32 cpu;
	__aligned_u64 instructions; /* of the caller in user mode */
	__aligned_u64 cycles;
	__u32 valid; /* VBENCH_VALID_* */
	__u32 migrated; /* 1: END was on another CPU; counters mean nothing */
};

#define VBENCH_HOOK_PMU (1u << 0) /* count instructions and cycles too */

#define VBENCH_VALID_STEAL (1u << 0) /* the hypervisor reports stolen time */
/* Both counted all the time: no other user had the counters meanwhile. */
#define VBENCH_VALID_PMU (1u << 1)

/*
 * VBENCH_MARK: tells a tracer on the host that a window begins or ends.  By the
 * leaf of CPUID that no processor will ever have (0x40000000..0x4fffffff are left
 * to software: Intel SDM vol. 2A, CPUID; AMD APM vol. 3, appendix E.3.9), or by a
 * hypercall with that number.
 */
struct vbench_mark {
	__u32 size;
	__u32 how; /* VBENCH_MARK_CPUID or VBENCH_MARK_HYPERCALL */
	__u32 window; /* VBENCH_WINDOW(nonce, id) */
	__u32 begin; /* 1 begins, 0 ends */
};

#define VBENCH_MARK_NONE 0
#define VBENCH_MARK_CPUID 1
#define VBENCH_MARK_HYPERCALL 2

#define VBENCH_MARK_LEAF 0x4f424d4bu /* EAX; the hypercall's number as well */
/* ECX, or the hypercall's first argument; bit 0 is set at the beginning. */
#define VBENCH_WINDOW(nonce, id) \
	(((__u32)(nonce)&0xffff) << 16 | ((__u32)(id)&0x3fff) << 1)
/* Set at the beginning: what follows may be taken back; at the end: it is. */
#define VBENCH_WINDOW_TENTATIVE (1u << 15)

/*
 * open(2): EPERM without CAP_SYS_RAWIO.  Under the kernel's lockdown an operation
 * is UNAVAILABLE if it does as /dev/mem, /dev/port or a write to an MSR does.
 * Errors of all: EFAULT; EINVAL for a size too small, an unknown index, flag or
 * value; E2BIG see above; EINTR before anything was done; ENOTTY for an unknown
 * command.
 * VBENCH_RUN: EXDEV if the caller is not pinned to @cpu, ENXIO if @peer is not
 * online or the same, ENOMEM; EPERM for VBENCH_OP_OPT_IN without its flag.
 * VBENCH_END: ENODATA without VBENCH_BEGIN.  VBENCH_MARK: EOPNOTSUPP where no
 * hypercall is to be had.
 */
#define VBENCH_MAGIC 0xbd
#define VBENCH_INFO _IOWR(VBENCH_MAGIC, 0, struct vbench_info)
#define VBENCH_OP _IOWR(VBENCH_MAGIC, 1, struct vbench_op)
#define VBENCH_RUN _IOWR(VBENCH_MAGIC, 2, struct vbench_run)
#define VBENCH_BEGIN _IOWR(VBENCH_MAGIC, 3, struct vbench_hook)
#define VBENCH_END _IOWR(VBENCH_MAGIC, 4, struct vbench_hook)
#define VBENCH_MARK _IOWR(VBENCH_MAGIC, 5, struct vbench_mark)

#endif /* _UAPI_VBENCH_H */
