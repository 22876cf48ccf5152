// SPDX-License-Identifier: GPL-2.0-only
/* VBENCH_BEGIN and VBENCH_END: hooks around code in user space. */
#include <linux/init.h>
#include <linux/kernel_stat.h>
#include <linux/mutex.h>
#include <linux/perf_event.h>
#include <linux/preempt.h>
#include <linux/sched.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <asm/hypervisor.h>
#include <asm/kvm_para.h>

#include "compat.h"
#include "guard.h"

struct counter {
	struct perf_event *event; /* NULL: none */
	u64 count, enabled, running;
};

struct vb_hooks {
	struct mutex lock;
	struct task_struct *who; /* of a VBENCH_BEGIN without its END, or NULL */
	struct vbench_hook at_begin;
	struct counter instructions, cycles; /* as they were then */
};

/*
 * What /proc/interrupts shows of a CPU: devices, and those of the APIC
 * (arch/x86/kernel/irq.c, arch_irq_stat_cpu()), but for machine checks.  TLB
 * flushes are function calls, which are counted as such.
 */
u32 vb_interrupts(int cpu)
{
	u32 sum = kstat_cpu(cpu).irqs_sum;

#ifdef CONFIG_X86_LOCAL_APIC
	sum += vb_irq_stat(cpu, APIC_TIMER) + vb_irq_stat(cpu, SPURIOUS);
	sum += vb_irq_stat(cpu, APIC_PERF) + vb_irq_stat(cpu, IRQ_WORK);
	sum += vb_irq_stat(cpu, X86_PLATFORM_IPI);
#endif
#ifdef CONFIG_SMP
	sum += vb_irq_stat(cpu, RESCHEDULE) + vb_irq_stat(cpu, CALL_FUNCTION);
#endif
#ifdef CONFIG_X86_THERMAL_VECTOR
	sum += vb_irq_stat(cpu, THERMAL_APIC);
#endif
#ifdef CONFIG_X86_MCE_THRESHOLD
	sum += vb_irq_stat(cpu, THRESHOLD_APIC);
#endif
#ifdef CONFIG_X86_MCE_AMD
	sum += vb_irq_stat(cpu, DEFERRED_ERROR);
#endif
#ifdef CONFIG_X86_HV_CALLBACK_VECTOR
	sum += vb_irq_stat(cpu, HYPERVISOR_CALLBACK);
#endif
#if IS_ENABLED(CONFIG_HYPERV)
	sum += vb_irq_stat(cpu, HYPERV_REENLIGHTENMENT);
	sum += vb_irq_stat(cpu, HYPERV_STIMER0);
#endif
#ifdef CONFIG_X86_POSTED_MSI
	sum += vb_irq_stat(cpu, POSTED_MSI_NOTIFICATION);
#endif
	return sum;
}

u32 vb_nmis(int cpu)
{
	return vb_irq_stat(cpu, NMI);
}

struct vb_hooks *vb_hooks_new(void)
{
	struct vb_hooks *h = kzalloc(sizeof(*h), GFP_KERNEL);

	if (h)
		mutex_init(&h->lock);
	return h;
}

bool vb_can_count __ro_after_init;

/*
 * Xen reports stolen time, and so does KVM unless the kernel ignores it
 * (no-steal-acc).  Other hypervisors may report it, too, which shows once there is
 * some.
 */
static bool steal_promised __ro_after_init;

/* Held, for another task could come to its address. */
static void set_who(struct vb_hooks *h, struct task_struct *who)
{
	if (who)
		get_task_struct(who);
	if (h->who)
		put_task_struct(h->who);
	h->who = who;
}

static void stop(struct counter *c)
{
	if (c->event)
		perf_event_release_kernel(c->event);
	*c = (struct counter){};
}

static void stop_counters(struct vb_hooks *h)
{
	stop(&h->instructions);
	stop(&h->cycles);
}

void vb_hooks_free(struct vb_hooks *h)
{
	if (!h)
		return;
	stop_counters(h);
	set_who(h, NULL);
	kfree(h);
}

/* Pinned: all the time or not at all, never for a part that others leave it. */
static struct perf_event *new_event(u64 config)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_HARDWARE,
		.size = sizeof(attr),
		.config = config,
		.pinned = 1,
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
	h->instructions.event = new_event(PERF_COUNT_HW_INSTRUCTIONS);
	h->cycles.event = new_event(PERF_COUNT_HW_CPU_CYCLES);
	if (!h->instructions.event || !h->cycles.event)
		stop_counters(h);
}

static void read_counter(struct counter *c)
{
	if (c->event)
		c->count = perf_event_read_value(c->event, &c->enabled,
						 &c->running);
}

/*
 * What it has counted since.  False: not all the time, or none, as when others
 * have pinned all counters.
 */
static bool since(const struct counter *then, u64 *count)
{
	struct counter now = *then;

	read_counter(&now);
	*count = now.count - then->count;
	return now.running > then->running &&
	       now.running - then->running == now.enabled - then->enabled;
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
	struct vbench_hook *b = &h->at_begin;

	if (hook->flags & ~VBENCH_HOOK_PMU)
		return -EINVAL;
	mutex_lock(&h->lock);
	if (hook->flags & VBENCH_HOOK_PMU)
		start_counters(h);
	else
		stop_counters(h);
	set_who(h, current);
	read_counter(&h->instructions);
	read_counter(&h->cycles);
	read_cpu(b);
	*hook = (struct vbench_hook){ .size = hook->size,
				      .flags = hook->flags,
				      .cpu = b->cpu };
	hook->ticks = b->ticks = vb_ticks();
	mutex_unlock(&h->lock);
	return 0;
}

static bool steal_is_told(int cpu)
{
	return (IS_ENABLED(CONFIG_PARAVIRT) && steal_promised) ||
	       kcpustat_cpu(cpu).cpustat[CPUTIME_STEAL];
}

static void differences(const struct vb_hooks *h, struct vbench_hook *k)
{
	const struct vbench_hook *b = &h->at_begin;

	k->elapsed = k->ticks - b->ticks;
	k->valid = steal_is_told(k->cpu) ? VBENCH_VALID_STEAL : 0;
	k->steal_ns -= b->steal_ns;
	k->interrupts -= b->interrupts;
	k->nmis -= b->nmis;
	k->switches -= b->switches;
	k->migrated = k->cpu != b->cpu;
}

int vb_hooks_end(struct vb_hooks *h, struct vbench_hook *hook)
{
	u64 ticks = vb_ticks();
	bool instructions, cycles;
	int ret = -ENODATA;

	if (hook->flags & ~VBENCH_HOOK_PMU)
		return -EINVAL;
	mutex_lock(&h->lock);
	if (h->who == current) {
		hook->ticks = ticks;
		read_cpu(hook);
		differences(h, hook);
		instructions = since(&h->instructions, &hook->instructions);
		cycles = since(&h->cycles, &hook->cycles);
		if (instructions && cycles)
			hook->valid |= VBENCH_VALID_PMU;
		set_who(h, NULL);
		ret = 0;
	}
	mutex_unlock(&h->lock);
	return ret;
}

static bool __init kvm_promises_steal(void)
{
	u64 value;

	return kvm_para_available() && vb_rdmsr(MSR_KVM_STEAL_TIME, &value) &&
	       value & KVM_MSR_ENABLED;
}

/* Finds the PMU by trying, because vendors describe it differently in CPUID. */
void __init vb_hooks_init(void)
{
	struct vb_hooks h = {};

	start_counters(&h);
	vb_can_count = h.cycles.event;
	stop_counters(&h);
	steal_promised = kvm_promises_steal() ||
			 hypervisor_is_type(X86_HYPER_XEN_PV) ||
			 hypervisor_is_type(X86_HYPER_XEN_HVM);
}
