// SPDX-License-Identifier: GPL-2.0-only
/*
 * The engine: batches of an operation.  All of them run in the caller's own
 * context, so that its signals end a run, one run at a time; no CPU comes or
 * goes meanwhile, which the limit on a run's time makes bearable.  But what may
 * fault in user memory has no such limit, for user space may handle the fault
 * (userfaultfd): there CPUs come and go as they like.
 */
#include <linux/cpu.h>
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/mutex.h>
#include <linux/preempt.h>
#include <linux/sched/signal.h>
#include <linux/smp.h>
#include <asm/tsc.h>

#include "vb.h"

/* As long as a batch may keep interrupts away. */
#define BATCH_NS 1000000ull
/*
 * Whatever the TSC says: a hypervisor may hide exits from it.  So many turns of
 * the empty loop take about 1 ms.
 */
#define ITERATIONS_MAX (1ull << 21)
#define BATCH_TICKS_UNKNOWN 2000000ull /* where the TSC's rate is unknown */
#define CALIBRATION_BATCHES 3

static DEFINE_MUTEX(one_at_a_time);

void vb_why(struct vb_run *r, const char *fmt, ...)
{
	va_list ap;

	if (r->why[0])
		return;
	r->outcome = VBENCH_OUTCOME_UNAVAILABLE;
	va_start(ap, fmt);
	vsnprintf(r->why, sizeof(r->why), fmt, ap);
	va_end(ap);
}

void vb_timeout(struct vb_run *r, const char *what)
{
	vb_why(r, "%s did not come", what);
	r->outcome = VBENCH_OUTCOME_TIMEOUT;
}

static void enter(const struct vb_run *r, unsigned long *flags)
{
	if (r->flags & VBENCH_OP_IRQS_OFF)
		local_irq_save(*flags);
	else if (!(r->flags & VBENCH_OP_SLEEPS))
		preempt_disable();
}

static void leave(const struct vb_run *r, unsigned long *flags)
{
	if (r->flags & VBENCH_OP_IRQS_OFF)
		local_irq_restore(*flags);
	else if (!(r->flags & VBENCH_OP_SLEEPS))
		preempt_enable();
}

static void batch(struct vb_run *r, u64 n, struct vbench_sample *s)
{
	u32 interrupts, nmis;
	unsigned long flags = 0;
	/* Events mark themselves: vb_event_begin(). */
	u32 mark = r->flags & VBENCH_OP_EVENTS ? VBENCH_MARK_NONE : r->mark;
	u64 from, to;

	r->latency = ~0ull;
	enter(r, &flags);
	if (r->op->before)
		r->op->before(r);
	interrupts = vb_interrupts(r->cpu);
	nmis = vb_nmis(r->cpu);
	vb_mark(mark, r->window | 1);
	from = vb_ticks();
	r->op->run(r, n);
	to = vb_ticks();
	vb_mark(mark, r->window);
	interrupts = vb_interrupts(r->cpu) - interrupts;
	nmis = vb_nmis(r->cpu) - nmis;
	if (r->op->after)
		r->op->after(r);
	leave(r, &flags);
	if (raw_smp_processor_id() != r->cpu)
		vb_why(r, "CPU %d went while it was measured", r->cpu);
	*s = (struct vbench_sample){
		.ticks = r->latency == ~0ull ? to - from : r->latency,
		.runs = n,
		.interrupts = min_t(u32, interrupts, U16_MAX),
		.flags = nmis ? VBENCH_SAMPLE_NMI : 0,
	};
}

/*
 * The least of a few: the host may take the CPU away in one of them, and a batch
 * that seems to be long enough for that would end the search with runs of a few
 * iterations, in which the batch itself is most of what is measured.
 */
static u64 quickest(struct vb_run *r, u64 n)
{
	struct vbench_sample s;
	u64 least = ~0ull;
	int i;

	for (i = 0; i < CALIBRATION_BATCHES; i++) {
		batch(r, n, &s);
		if (r->outcome || signal_pending(current))
			break;
		least = min(least, s.ticks);
	}
	return least;
}

/* Doubled until a tenth of the longest batch is reached, and then scaled. */
static u64 search(struct vb_run *r, u64 wanted)
{
	u64 longest = tsc_khz ? (u64)tsc_khz * BATCH_NS / 1000000 :
				BATCH_TICKS_UNKNOWN;
	u64 n, took;

	for (n = 1; n < wanted && n <= ITERATIONS_MAX; n *= 2) {
		took = quickest(r, n);
		if (r->outcome || signal_pending(current))
			break;
		if (took > longest / 10)
			return max_t(u64, 1, n * longest / took);
	}
	return n;
}

/*
 * How many iterations fill a batch.  What is run to find out, or one event, is
 * the warm-up as well, and belongs to no window.
 */
static u64 iterations(struct vb_run *r, u64 wanted)
{
	struct vbench_sample unused;
	u32 mark = r->mark;
	u64 n;

	r->mark = VBENCH_MARK_NONE;
	if (r->flags & VBENCH_OP_EVENTS)
		wanted = min(wanted, 1ull);
	n = search(r, wanted);
	if (n >= wanted && !r->outcome)
		batch(r, wanted, &unused);
	r->mark = mark;
	return min3(n, wanted, ITERATIONS_MAX);
}

/* The limit ends a run only after its first batch, so each call makes progress. */
static bool ends(struct vb_run *r, struct vb_ring *ring, u32 done, u64 until)
{
	if (!r->outcome && !vb_ring_room(ring))
		r->outcome = VBENCH_OUTCOME_RING_FULL;
	if (!r->outcome && signal_pending(current))
		r->outcome = VBENCH_OUTCOME_SIGNAL;
	if (!r->outcome && done && ktime_get_ns() > until)
		r->outcome = VBENCH_OUTCOME_LIMIT;
	return r->outcome != VBENCH_OUTCOME_DONE;
}

static void batches(struct vb_run *r, struct vb_ring *ring,
		    struct vbench_run *req)
{
	u64 until = ktime_get_ns() + (req->limit_ns ?: VB_LIMIT_MAX_NS);
	u64 n = iterations(r, req->iterations);
	struct vbench_sample s;

	while (req->done < req->batches && !ends(r, ring, req->done, until)) {
		batch(r, n, &s);
		if (r->outcome)
			break;
		if (n < req->iterations)
			s.flags |= VBENCH_SAMPLE_CUT;
		vb_ring_put(ring, &s);
		req->done++;
		cond_resched();
	}
}

static void probe(const struct vb_row *row, struct vb_run *r)
{
	if (r->flags & VBENCH_OP_PEER && num_online_cpus() < 2)
		vb_why(r, "needs 2 CPUs, this machine has 1");
	else if (r->flags & VBENCH_OP_FAULTS && current->nr_cpus_allowed != 1)
		vb_why(r, "only for a thread that is bound to one CPU");
	else if (row->op->access && security_locked_down(row->op->access))
		vb_why(r, "the kernel's lockdown forbids it, as it does "
			  "/dev/mem, /dev/port and writes to MSRs");
	else if (row->op->probe)
		row->op->probe(r);
}

static int set_up_and_run(const struct vb_row *row, struct vb_run *r,
			  struct vb_ring *ring, struct vbench_run *req)
{
	int ret = 0;

	probe(row, r);
	r->private = NULL;
	if (r->outcome)
		return 0;
	if (r->op->setup)
		ret = r->op->setup(r);
	if (!ret && !r->outcome)
		batches(r, ring, req);
	if (r->op->teardown)
		r->op->teardown(r);
	return ret;
}

static int choose_peer(struct vb_run *r, u32 peer)
{
	r->peer = -1;
	if (!(r->flags & VBENCH_OP_PEER))
		return peer == VBENCH_CPU_ANY ? 0 : -EINVAL;
	if (peer == VBENCH_CPU_ANY) {
		peer = cpumask_any_but(cpu_online_mask, r->cpu);
		r->peer = peer < nr_cpu_ids ? peer : -1;
		return 0;
	}
	if (peer >= nr_cpu_ids || !cpu_online(peer) || peer == r->cpu)
		return -ENXIO;
	r->peer = peer;
	return 0;
}

static int run_here(const struct vb_row *row, struct vb_ring *ring,
		    struct vbench_run *req)
{
	struct vb_run r = {
		.op = row->op,
		.flags = row->flags,
		.mark = req->mark,
		.window = req->window,
	};
	int ret;

	r.cpu = raw_smp_processor_id();
	if (req->cpu != VBENCH_CPU_HERE && req->cpu != r.cpu)
		return -EXDEV;
	ret = choose_peer(&r, req->peer);
	if (!ret)
		ret = set_up_and_run(row, &r, ring, req);
	req->outcome = r.outcome;
	memcpy(req->why, r.why, sizeof(req->why));
	return ret;
}

static int check(const struct vb_row *row, const struct vbench_run *req)
{
	if (req->flags & ~VBENCH_RUN_OPT_IN || !req->batches ||
	    req->batches > VB_BATCHES_MAX || req->limit_ns > VB_LIMIT_MAX_NS ||
	    req->window & 1 || req->mark > VBENCH_MARK_HYPERCALL)
		return -EINVAL;
	if (req->mark && !vb_mark_possible(req->mark))
		return -EOPNOTSUPP;
	if (row->flags & VBENCH_OP_OPT_IN && !(req->flags & VBENCH_RUN_OPT_IN))
		return -EPERM;
	return 0;
}

/* One at a time, pinned, and no CPU comes or goes. */
static int begin(const struct vb_row *row)
{
	if (mutex_lock_interruptible(&one_at_a_time))
		return -EINTR;
	if (row->flags & VBENCH_OP_FAULTS)
		return 0;
	cpus_read_lock();
	migrate_disable();
	return 0;
}

static void end(const struct vb_row *row)
{
	if (!(row->flags & VBENCH_OP_FAULTS)) {
		migrate_enable();
		cpus_read_unlock();
	}
	mutex_unlock(&one_at_a_time);
}

int vb_ask(const struct vb_row *row, char *why)
{
	struct vb_run r = { .op = row->op, .flags = row->flags };
	int ret = begin(row);

	if (ret)
		return ret;
	r.cpu = raw_smp_processor_id();
	ret = choose_peer(&r, VBENCH_CPU_ANY);
	if (!ret)
		probe(row, &r);
	end(row);
	memcpy(why, r.why, sizeof(r.why));
	return ret;
}

int vb_run(const struct vb_row *row, struct vb_ring *ring,
	   struct vbench_run *req)
{
	int ret;

	req->done = 0;
	req->outcome = VBENCH_OUTCOME_DONE;
	memset(req->why, 0, sizeof(req->why));
	ret = check(row, req);
	if (ret)
		return ret;
	ret = begin(row);
	if (ret)
		return ret;
	ret = run_here(row, ring, req);
	end(row);
	if (!ret && !req->done && req->outcome == VBENCH_OUTCOME_SIGNAL)
		return -EINTR;
	return ret;
}
