/* SPDX-License-Identifier: GPL-2.0-only */
/* What an op-*.c needs, and what the module's parts know of each other. */
#ifndef VB_H
#define VB_H

#include <linux/compiler.h>
#include <linux/security.h>
#include <linux/stdarg.h>
#include <linux/types.h>

#include "vbench.h"

#ifndef CONFIG_X86_64
#error "the vbench module is for x86-64 kernels only"
#endif

struct vb_run;
struct vb_ring;

/*
 * An operation.  probe() and setup() may sleep; run() is a batch, in the
 * surroundings that the flags of its row in operations.h ask for, on the CPU
 * vb_run.cpu.
 */
struct vb_op {
	/*
	 * Why it cannot run here, with vb_why().  By trying, where an
	 * instruction may fault: vb_try() in guard.h.
	 */
	void (*probe)(struct vb_run *r);
	/* Whatever a batch needs: 0 or -errno, or vb_why(). */
	int (*setup)(struct vb_run *r);
	/*
	 * Does it @n times; 0 costs the call alone.  An instruction that can
	 * fault has an entry in the exception table that leads to
	 * vb_faulted(): VB_GUARD() in guard.h.
	 */
	void (*run)(struct vb_run *r, u64 n);
	/*
	 * Right before each batch and right after it, in the same surroundings:
	 * what a batch needs there is neither timed nor in the tracer's window.
	 */
	void (*before)(struct vb_run *r);
	void (*after)(struct vb_run *r);
	/* Undoes setup(), also one that failed. */
	void (*teardown)(struct vb_run *r);
	/* Gives back what was kept from run to run; nothing runs any more. */
	void (*unload)(void);
	/* What tells it from others with the same functions. */
	u64 arg;
	/* The access to hardware, if it is one that lockdown can forbid. */
	enum lockdown_reason access;
};

/* A VBENCH_RUN (or a probe) under way. */
struct vb_run {
	const struct vb_op *op;
	u32 flags; /* of the operation: VBENCH_OP_* */
	int cpu;
	int peer; /* -1 none */
	void *private; /* the operation's own */
	/*
	 * Events: what run() took from what it did, in ticks; the engine calls
	 * it once for each event with n = 1.  ~0 means that it timed nothing.
	 */
	u64 latency;
	u32 mark; /* VBENCH_MARK_* */
	u32 window;
	u32 outcome;
	char why[VBENCH_TEXT_LEN];
};

/* The reason why it cannot run; the first one counts. */
__printf(2, 3) void vb_why(struct vb_run *r, const char *fmt, ...);
/* From run(): an instruction faulted; the batch's time means nothing. */
void vb_faulted(struct vb_run *r);
/* From run(): an event did not come within a reasonable time. */
void vb_timeout(struct vb_run *r, const char *what);

/* Serialised TSC: see bench/clock.h of the project for the fences. */
static __always_inline u64 vb_ticks(void)
{
	u32 lo, hi;

	asm volatile("lfence\n\trdtsc\n\tlfence"
		     : "=a"(lo), "=d"(hi)
		     :
		     : "memory");
	return (u64)hi << 32 | lo;
}

/*
 * One turn of the loop around an operation.  All loops have the same two
 * instructions with the same alignment, so the empty loop measures their cost.
 */
#define VB_LOOP(n, statement)                             \
	do {                                              \
		u64 vb_left = (n);                        \
                                                          \
		if (!vb_left)                             \
			break;                            \
		asm volatile(".p2align 5");               \
		do {                                      \
			statement;                        \
			asm volatile("" : "+r"(vb_left)); \
		} while (--vb_left);                      \
	} while (0)

/*
 * Spins until @cond, true if it came.  Without PAUSE, which a hypervisor may take
 * for a reason to run another vCPU, and without the TSC, which it may intercept.
 */
#define VB_SPINS (1u << 28) /* 0.2 s of a CPU, a second of an emulator's */
#define VB_SPIN(r, cond, what)                           \
	({                                               \
		u32 vb_spins = 0;                        \
                                                         \
		while (!(cond) && ++vb_spins < VB_SPINS) \
			barrier();                       \
		if (unlikely(vb_spins >= VB_SPINS))      \
			vb_timeout(r, what);             \
		likely(vb_spins < VB_SPINS);             \
	})

/*
 * crew.c: up to @room threads, and @shared zeroed bytes that they and the run
 * share.  A thread that does not get its CPU may outlive the run, so it may look
 * at nothing else, and at nothing that belongs to the caller.
 */
struct vb_crew;
struct vb_crew *vb_crew_new(unsigned int room, size_t shared);
void *vb_crew_shared(const struct vb_crew *c);
/*
 * Starts a thread on @cpu, the @me of which counts from 0; @work returns soon
 * after the crew is dismissed.  False: vb_why() has the reason.
 */
bool vb_crew_add(struct vb_run *r, struct vb_crew *c, int cpu,
		 void (*work)(struct vb_crew *c, unsigned int me));
void vb_crew_wake(const struct vb_crew *c, unsigned int who);
bool vb_crew_dismissed(const struct vb_crew *c);
/* Ends the threads, which wakes them, and waits a while for that. */
void vb_crew_dismiss(struct vb_crew *c);
int vb_crew_init(void);
void vb_crew_exit(void);

/*
 * peers.c: keeps @n other CPUs busy, the peer first: a thread on each, which
 * spins.  NULL with the reason told.
 */
struct vb_crew *vb_peers_start(struct vb_run *r, unsigned int n);
void vb_peers_stop(struct vb_crew *c);

/* table.c */
struct vb_row {
	const char *name;
	const char *title;
	u32 flags;
	const struct vb_op *op;
};
extern const struct vb_row vb_table[];
extern const u32 vb_nops;

#define OP(id, name, title, exercises, flags, exits) \
	extern const struct vb_op vb_op_##id;
#include "operations.h"
#undef OP

/* run.c */
#define VB_BATCHES_MAX 1024
#define VB_LIMIT_MAX_NS (2 * 1000 * 1000 * 1000ull)
/* Why it cannot run on this CPU, or ""; @why has VBENCH_TEXT_LEN bytes. */
int vb_ask(const struct vb_row *row, char *why);
int vb_run(const struct vb_row *row, struct vb_ring *ring,
	   struct vbench_run *req);

/* ring.c */
#define VB_RING_ENTRIES 4096
struct vm_area_struct;
struct vb_ring *vb_ring_new(void);
void vb_ring_free(struct vb_ring *ring);
int vb_ring_mmap(struct vb_ring *ring, struct vm_area_struct *vma);
/* False: full. */
bool vb_ring_room(struct vb_ring *ring);
void vb_ring_put(struct vb_ring *ring, const struct vbench_sample *s);

/* mark.c */
bool vb_mark_possible(u32 how);
void vb_mark(u32 how, u32 word);

/*
 * Around each event, from run(): the tracer's window holds the event alone, and
 * not what prepares it.  An attempt may turn out not to be the event: then it ends
 * with @good false, and its exits do not count.  End where it began: on this CPU.
 */
static inline void vb_event_begin(const struct vb_run *r)
{
	vb_mark(r->mark, r->window | VBENCH_WINDOW_TENTATIVE | 1);
}

static inline void vb_event_end(const struct vb_run *r, bool good)
{
	vb_mark(r->mark, r->window | (good ? 0 : VBENCH_WINDOW_TENTATIVE));
}

/* hooks.c */
struct vb_hooks;
void vb_hooks_init(void);
extern bool vb_can_count; /* there is a PMU */
struct vb_hooks *vb_hooks_new(void);
void vb_hooks_free(struct vb_hooks *h);
int vb_hooks_begin(struct vb_hooks *h, struct vbench_hook *hook);
int vb_hooks_end(struct vb_hooks *h, struct vbench_hook *hook);
u32 vb_interrupts(int cpu);
u32 vb_nmis(int cpu);

#endif
