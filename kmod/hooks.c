// SPDX-License-Identifier: GPL-2.0-only
/* VBENCH_BEGIN and VBENCH_END: hooks around code in user space. */
#include <linux/hardirq.h>
#include <linux/kernel_stat.h>
#include <linux/mutex.h>
#include <linux/perf_event.h>
#include <linux/preempt.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "vb.h"

struct vb_hooks {
	struct mutex lock;
	bool begun;
	struct vbench_hook at_begin;
	struct task_struct *who; /* only compared, never followed */
	struct perf_event *instructions, *cycles;
};

/*
 * What /proc/interrupts shows of a CPU: devices, and those of the APIC that a
 * guest sees (arch/x86/kernel/irq.c, arch_irq_stat_cpu()).
 */
u32 vb_interrupts(int cpu)
{
	const irq_cpustat_t *s = &per_cpu(irq_stat, cpu);
	u32 sum = kstat_cpu(cpu).irqs_sum;

#ifdef CONFIG_X86_LOCAL_APIC
	sum += s->apic_timer_irqs + s->irq_spurious_count + s->apic_perf_irqs +
	       s->apic_irq_work_irqs;
#endif
#ifdef CONFIG_SMP
	sum += s->irq_resched_count + s->irq_call_count;
#endif
	return sum;
}

u32 vb_nmis(int cpu)
{
	return per_cpu(irq_stat, cpu).__nmi_count;
}

struct vb_hooks *vb_hooks_new(void)
{
	struct vb_hooks *h = kzalloc(sizeof(*h), GFP_KERNEL);

	if (h)
		mutex_init(&h->lock);
	return h;
}

static void stop_counters(struct vb_hooks *h)
{
	if (h->instructions)
		perf_event_release_kernel(h->instructions);
	if (h->cycles)
		perf_event_release_kernel(h->cycles);
	h->instructions = h->cycles = NULL;
}

void vb_hooks_free(struct vb_hooks *h)
{
	if (!h)
		return;
	stop_counters(h);
	kfree(h);
}

static struct perf_event *counter(u64 config)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_HARDWARE,
		.size = sizeof(attr),
		.config = config,
		.exclude_kernel = 1,
		.exclude_hv = 1,
	};
	struct perf_event *e = perf_event_create_kernel_counter(
		&attr, -1, current, NULL, NULL);

	return IS_ERR(e) ? NULL : e;
}

/* A guest without a PMU is normal: then the figures are not valid. */
static void start_counters(struct vb_hooks *h)
{
	stop_counters(h);
	h->instructions = counter(PERF_COUNT_HW_INSTRUCTIONS);
	h->cycles = counter(PERF_COUNT_HW_CPU_CYCLES);
	if (!h->instructions || !h->cycles)
		stop_counters(h);
}

static u64 count_of(struct perf_event *e)
{
	u64 enabled, running;

	return e ? perf_event_read_value(e, &enabled, &running) : 0;
}

static void read_counters(struct vb_hooks *h, struct vbench_hook *k)
{
	k->instructions = count_of(h->instructions);
	k->cycles = count_of(h->cycles);
}

static void read_cpu(struct vbench_hook *k)
{
	k->cpu = get_cpu();
	k->steal_ns = kcpustat_cpu(k->cpu).cpustat[CPUTIME_STEAL];
	k->interrupts = vb_interrupts(k->cpu);
	k->nmis = vb_nmis(k->cpu);
	k->switches = current->nvcsw + current->nivcsw;
	put_cpu();
}

int vb_hooks_begin(struct vb_hooks *h, struct vbench_hook *hook)
{
	if (hook->flags & ~VBENCH_HOOK_PMU)
		return -EINVAL;
	mutex_lock(&h->lock);
	if (hook->flags & VBENCH_HOOK_PMU)
		start_counters(h);
	else
		stop_counters(h);
	h->begun = true;
	h->who = current;
	read_counters(h, &h->at_begin);
	read_cpu(&h->at_begin);
	mutex_unlock(&h->lock);
	*hook = (struct vbench_hook){ .size = hook->size,
				      .flags = hook->flags,
				      .cpu = h->at_begin.cpu };
	hook->ticks = h->at_begin.ticks = vb_ticks();
	return 0;
}

static void differences(const struct vb_hooks *h, struct vbench_hook *k)
{
	const struct vbench_hook *b = &h->at_begin;

	k->elapsed = k->ticks - b->ticks;
	k->steal_ns -= b->steal_ns;
	k->interrupts -= b->interrupts;
	k->nmis -= b->nmis;
	k->switches -= b->switches;
	k->instructions -= b->instructions;
	k->cycles -= b->cycles;
	k->migrated = k->cpu != b->cpu;
	k->valid = (IS_ENABLED(CONFIG_PARAVIRT_TIME_ACCOUNTING) ?
			    VBENCH_VALID_STEAL :
			    0) |
		   (h->instructions ? VBENCH_VALID_PMU : 0);
}

int vb_hooks_end(struct vb_hooks *h, struct vbench_hook *hook)
{
	u64 ticks = vb_ticks();
	int ret = -ENODATA;

	mutex_lock(&h->lock);
	if (h->begun && h->who == current) {
		hook->ticks = ticks;
		read_cpu(hook);
		read_counters(h, hook);
		differences(h, hook);
		h->begun = false;
		ret = 0;
	}
	mutex_unlock(&h->lock);
	return ret;
}
