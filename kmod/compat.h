/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What differs between the kernels that the module is built for.  Its other files
 * are written for the newest one; here is what older ones lack.  Kbuild looks into
 * the kernel's headers and defines VB_HAS_*: distributions take features back into
 * kernels of an older version, so no version is asked for.
 */
#ifndef VB_COMPAT_H
#define VB_COMPAT_H

#include <linux/hardirq.h>
#include <linux/hrtimer.h>
#include <linux/workqueue.h>
#ifdef VB_HAS_CPUID_API
#include <asm/cpuid/api.h>
#endif
#include <asm/processor.h>

/* How often a CPU has taken an interrupt of the kind, as inc_irq_stat() counts. */
#ifdef VB_HAS_IRQ_COUNTS
#define vb_irq_stat(cpu, kind) (per_cpu(irq_stat, cpu).counts[IRQ_COUNT_##kind])
#else
#define vb_irq_stat(cpu, kind) (per_cpu(irq_stat, cpu).VB_MEMBER_##kind)
#define VB_MEMBER_NMI __nmi_count
#define VB_MEMBER_APIC_TIMER apic_timer_irqs
#define VB_MEMBER_SPURIOUS irq_spurious_count
#define VB_MEMBER_APIC_PERF apic_perf_irqs
#define VB_MEMBER_IRQ_WORK apic_irq_work_irqs
#define VB_MEMBER_X86_PLATFORM_IPI x86_platform_ipis
#define VB_MEMBER_RESCHEDULE irq_resched_count
#define VB_MEMBER_CALL_FUNCTION irq_call_count
#define VB_MEMBER_THERMAL_APIC irq_thermal_count
#define VB_MEMBER_THRESHOLD_APIC irq_threshold_count
#define VB_MEMBER_DEFERRED_ERROR irq_deferred_error_count
#define VB_MEMBER_HYPERVISOR_CALLBACK irq_hv_callback_count
#define VB_MEMBER_HYPERV_REENLIGHTENMENT irq_hv_reenlightenment_count
#define VB_MEMBER_HYPERV_STIMER0 hyperv_stimer0_count
#define VB_MEMBER_POSTED_MSI_NOTIFICATION posted_msi_notification_count
#endif

#ifndef VB_HAS_HRTIMER_SETUP
static inline void hrtimer_setup(struct hrtimer *timer,
				 enum hrtimer_restart (*fn)(struct hrtimer *),
				 clockid_t clock, enum hrtimer_mode mode)
{
	hrtimer_init(timer, clock, mode);
	timer->function = fn;
}
#endif

/* Queues that are not WQ_UNBOUND were for each CPU without it. */
#ifndef VB_HAS_WQ_PERCPU
#define WQ_PERCPU 0
#endif

#endif
