// SPDX-License-Identifier: GPL-2.0-only
/*
 * One event: how late an hrtimer's handler runs, by what the CPU does until then:
 * it spins, or it is halted for a while.
 *
 * A halted vCPU has left its CPU to the host, unless the hypervisor lets it halt
 * or polls for a while (halt_poll_ns), so that the lateness over the idle time is
 * a curve with steps.  Short pauses are a plain HLT.  In long ones the kernel's
 * tick would wake the CPU, and only the idle loop stops the tick; by then cpuidle
 * has ended its own polling (haltpoll: 200 us) and halts, unless it polls for
 * ever, or is in MWAIT.  In both it is the handler, in the interrupt, that says
 * how late it is and whether the CPU was halted.
 */
#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/sched.h>
#include <asm/irq_regs.h>
#include <asm/ptrace.h>
#include <asm/tsc.h>

#include "apic.h"
#include "compat.h"

#define TRIES 16
#define SHORT_TRIES 64
#define HALTS 64 /* interrupts until the timer's must have come */
#define SPIN_NS 100000
#define SHORT_NS 500000 /* for that long there may be no tick */

/* Runs are one at a time. */
static struct {
	struct hrtimer timer;
	struct task_struct *sleeper;
	s64 late_ns;
	s64 lead; /* ns: it takes until the HLT */
	s64 planned; /* ns: from the first HLT to the timer; 0: none so far */
	const struct vb_run *run;
	bool marked; /* this is the event, or may be */
	bool was_halted, was_idle;
	bool good; /* the CPU was in the state asked for until the timer fired */
	u32 interrupts; /* of this CPU, up to the timer's */
	bool fired;
} wake;

#define HLT 0xf4

/*
 * The last instruction before the interrupt.  What the idle task says of itself
 * (TIF_POLLING_NRFLAG) is no proof: after an MWAIT with interrupts off, as
 * intel_idle and acpi_idle have it, the flag is cleared before they are let in.
 */
static bool in_hlt(void)
{
	struct pt_regs *regs = get_irq_regs();

	return regs && !user_mode(regs) && *(const u8 *)(regs->ip - 1) == HLT;
}

/*
 * Else it slept in pieces; ticks may come in a long sleep, until the idle loop has
 * stopped them.  What a hypervisor's own timer counts may be elsewhere.
 */
static bool undisturbed(const struct vb_run *r)
{
	return wake.interrupts <= 1 + r->op->arg / TICK_NSEC;
}

/* Of halts: it was one up to the timer's interrupt, about as long as asked for. */
static bool was_good(const struct vb_run *r)
{
	s64 wanted = r->op->arg;

	if (!wanted)
		return true;
	if (!wake.was_halted || !undisturbed(r))
		return false;
	if (wanted >= SHORT_NS)
		return wake.was_idle;
	return wake.planned > wanted / 2 && wake.planned < wanted * 2;
}

static enum hrtimer_restart fire(struct hrtimer *timer)
{
	wake.late_ns =
		ktime_to_ns(ktime_sub(ktime_get(), hrtimer_get_expires(timer)));
	wake.interrupts = vb_interrupts(smp_processor_id()) - wake.interrupts;
	wake.was_idle = is_idle_task(current);
	wake.was_halted = in_hlt();
	wake.good = was_good(wake.run);
	if (wake.marked)
		vb_event_end(wake.run, wake.good);
	smp_store_release(&wake.fired, true);
	if (wake.sleeper)
		wake_up_process(wake.sleeper);
	return HRTIMER_NORESTART;
}

static bool fired(void)
{
	return smp_load_acquire(&wake.fired);
}

static void probe(struct vb_run *r)
{
	if (hrtimer_resolution != 1)
		vb_why(r, "high-resolution timers are off");
	if (!tsc_khz)
		vb_why(r, "the rate of the TSC is unknown");
}

static void probe_halt(struct vb_run *r)
{
	probe(r);
	vb_may_halt(r);
}

static int setup(struct vb_run *r)
{
	wake.lead = 0;
	hrtimer_setup(&wake.timer, fire, CLOCK_MONOTONIC,
		      HRTIMER_MODE_ABS_PINNED_HARD);
	return 0;
}

static void teardown(struct vb_run *r)
{
	hrtimer_cancel(&wake.timer);
}

/* The timer's handler ends the event that begins here. */
static void start(const struct vb_run *r, u64 ns, struct task_struct *sleeper,
		  bool marked)
{
	wake.run = r;
	wake.marked = marked;
	if (marked)
		vb_event_begin(r);
	wake.planned = 0;
	wake.sleeper = sleeper;
	wake.fired = false;
	wake.interrupts = vb_interrupts(smp_processor_id());
	hrtimer_start(&wake.timer, ktime_add_ns(ktime_get(), ns),
		      HRTIMER_MODE_ABS_PINNED_HARD);
}

static void conclude(struct vb_run *r)
{
	if (wake.late_ns < 0)
		vb_why(r,
		       "the timer came %lld ns too early: the clock was set "
		       "back",
		       -wake.late_ns);
	else
		r->latency = div_u64(wake.late_ns * tsc_khz, 1000000);
}

static void run_spin(struct vb_run *r, u64 n)
{
	if (!n)
		return;
	start(r, SPIN_NS, NULL, true);
	if (VB_SPIN(r, fired(), "the timer"))
		conclude(r);
}

/* Until the timer's interrupt or another, if the timer's is still to come. */
static void halt_until_it(void)
{
	s64 left;

	asm volatile("cli" : : : "memory");
	left = hrtimer_get_expires(&wake.timer) - ktime_get();
	if (!wake.planned)
		wake.planned = left;
	if (left > 0)
		asm volatile("sti; hlt" : : : "memory");
	else
		asm volatile("sti" : : : "memory");
}

static bool halt_once(struct vb_run *r, bool marked)
{
	s64 wanted = r->op->arg;
	int i;

	start(r, wanted + wake.lead, NULL, marked);
	for (i = 0; i < HALTS && !fired(); i++)
		halt_until_it();
	if (!VB_SPIN(r, fired(), "the timer"))
		return false;
	wake.lead = clamp_t(s64, wake.lead + (wanted - wake.planned) / 2, 0,
			    SHORT_NS);
	return wake.good;
}

/* The first one is for the caches, and to learn how long it takes to halt. */
static void run_halt(struct vb_run *r, u64 n)
{
	int tries = SHORT_TRIES;

	if (!n)
		return;
	halt_once(r, false);
	while (tries-- && !r->outcome)
		if (halt_once(r, true)) {
			conclude(r);
			return;
		}
	vb_why(r,
	       "no CPU halts for %lld us here: other interrupts come, or it "
	       "takes longer to halt",
	       (s64)r->op->arg / NSEC_PER_USEC);
}

/* True: the CPU was idle, and halted, in the end. */
static bool idle(struct vb_run *r)
{
	start(r, r->op->arg, current, true);
	for (;;) {
		set_current_state(TASK_IDLE);
		if (fired())
			break;
		schedule();
	}
	__set_current_state(TASK_RUNNING);
	/* Its handler may still be at wake_up_process(). */
	hrtimer_cancel(&wake.timer);
	return wake.good;
}

static void run_idle(struct vb_run *r, u64 n)
{
	int tries = TRIES;

	if (!n)
		return;
	while (tries--)
		if (idle(r)) {
			conclude(r);
			return;
		}
	if (wake.was_halted)
		vb_why(r, "other interrupts come more often");
	else if (wake.was_idle)
		vb_why(r, "the CPU polls when it is idle, or is in MWAIT "
			  "(idle=halt on its kernel's command line)");
	else
		vb_why(r, "the CPU has other work, it is not idle");
}

const struct vb_op vb_op_hrtimer = {
	.probe = probe,
	.setup = setup,
	.run = run_spin,
	.teardown = teardown,
};

#define WAKE(name, ns)                                        \
	const struct vb_op vb_op_##name = {                   \
		.probe = probe_halt,                          \
		.setup = setup,                               \
		.run = (ns) < SHORT_NS ? run_halt : run_idle, \
		.teardown = teardown,                         \
		.arg = ns,                                    \
	}

WAKE(hlt_10us, 10 * 1000);
WAKE(hlt_100us, 100 * 1000);
WAKE(hlt_1ms, 1000 * 1000);
WAKE(hlt_10ms, 10 * 1000 * 1000);
