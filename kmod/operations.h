/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Every operation, one row each; the row's operation is defined in an op-*.c as
 * vb_op_ID.  The table is included by the module, and by bench/kernel/, where
 * each row becomes a benchmark of the group "kernel".
 *
 *	OP(id, "name", "Time for one ...", "what it exercises", flags, "exits")
 *
 * "exits" lists KVM's exits of one operation, which --trace compares with the exits
 * that it sees: "none", "cpuid 1", "ipi 1, hlt 1"; "hlt 1-2" means 1 to 2, and " or "
 * separates alternatives for other CPUs.  Documentation/trace.rst explains the names.
 *
 * Names are at most VBENCH_NAME_LEN - 1 bytes.  The empty loop comes first.
 */
#define LOOPED (VBENCH_OP_IRQS_OFF | VBENCH_OP_LOOP | VBENCH_OP_EXACT)
#define EVENT (VBENCH_OP_EVENTS)

/* op-floor.c */
OP(empty_loop, "floor-empty-loop", "Time for one turn of an empty loop in the kernel",
   "nothing: the CPU alone; taken off the others", VBENCH_OP_IRQS_OFF | VBENCH_OP_EXACT, "none")
OP(tsc, "floor-tsc", "Time for one fenced TSC reading in the kernel",
   "TSC offset and scaling, or interception of RDTSC", LOOPED, "none")
OP(nops, "floor-1000-nops", "Time for 1000 NOPs",
   "nothing: a known number of instructions", LOOPED, "none")

/* op-cpuid.c */
OP(cpuid_0, "cpuid-0", "Time for one CPUID of leaf 0",
   "exit and entry; a look-up in the guest's CPUID", LOOPED, "cpuid 1")
OP(cpuid_1, "cpuid-1", "Time for one CPUID of leaf 1",
   "exit and entry; a leaf that depends on the CPU's state", LOOPED, "cpuid 1")
OP(cpuid_hypervisor, "cpuid-hypervisor", "Time for one CPUID of leaf 0x40000000",
   "exit and entry; a leaf of the hypervisor itself", LOOPED, "cpuid 1")

/* op-msr.c */
OP(rdmsr_apic_base, "rdmsr-apic-base", "Time for one RDMSR of APIC_BASE",
   "exit for an intercepted MSR", LOOPED, "msr 1")
OP(wrmsr_apic_base, "wrmsr-apic-base", "Time for one WRMSR of APIC_BASE",
   "exit for an intercepted MSR", LOOPED, "msr 1")
OP(rdmsr_tsc_adjust, "rdmsr-tsc-adjust", "Time for one RDMSR of TSC_ADJUST",
   "exit for an intercepted MSR", LOOPED, "msr 1")
OP(wrmsr_tsc_adjust, "wrmsr-tsc-adjust", "Time for one WRMSR of TSC_ADJUST",
   "exit for an intercepted MSR", LOOPED, "msr 1")
OP(rdmsr_fs_base, "rdmsr-fs-base", "Time for one RDMSR of FS_BASE",
   "an MSR that is passed through", LOOPED, "none")
OP(wrmsr_fs_base, "wrmsr-fs-base", "Time for one WRMSR of FS_BASE",
   "an MSR that is passed through", LOOPED, "none")
OP(rdmsr_kernel_gs_base, "rdmsr-kernel-gs-base",
   "Time for one RDMSR of KERNEL_GS_BASE", "an MSR that is passed through", LOOPED, "none")
OP(wrmsr_kernel_gs_base, "wrmsr-kernel-gs-base",
   "Time for one WRMSR of KERNEL_GS_BASE", "an MSR that is passed through", LOOPED, "none")
OP(rdmsr_spec_ctrl, "rdmsr-spec-ctrl", "Time for one RDMSR of SPEC_CTRL",
   "an MSR that is passed through once it is used", LOOPED, "none or msr 1")
OP(wrmsr_spec_ctrl, "wrmsr-spec-ctrl", "Time for one WRMSR of SPEC_CTRL",
   "an MSR that is passed through once it is used", LOOPED, "none or msr 1")
OP(wrmsr_ibpb, "wrmsr-ibpb", "Time for one indirect branch prediction barrier",
   "PRED_CMD, an MSR that is passed through", LOOPED, "none or msr 1")
OP(rdmsr_power_ctl, "rdmsr-power-ctl", "Time for one RDMSR of POWER_CTL",
   "exit for an intercepted MSR that is hardly used", LOOPED, "msr 1")
OP(wrmsr_power_ctl, "wrmsr-power-ctl", "Time for one WRMSR of POWER_CTL",
   "exit for an intercepted MSR that is hardly used", LOOPED, "msr 1")

/* op-tsc.c */
OP(rdtsc, "rdtsc", "Time for one RDTSC in the kernel",
   "TSC offset and scaling, or interception of RDTSC", LOOPED, "none")
OP(rdtscp, "rdtscp", "Time for one RDTSCP in the kernel",
   "TSC offset and scaling, or interception of RDTSCP", LOOPED, "none")
OP(rdpmc, "rdpmc", "Time for one RDPMC of counter 0",
   "exit to the virtual PMU, or the CPU's own", LOOPED, "rdpmc 1 or none")

/* op-control.c */
OP(from_cr0, "mov-from-cr0", "Time for one MOV from CR0", "read shadow of CR0", LOOPED, "none")
OP(to_cr0_wp, "mov-to-cr0-wp", "Time for one clearing and setting of CR0.WP",
   "two MOVs to CR0: exits with shadow page tables", LOOPED, "none or cr 2")
OP(from_cr3, "mov-from-cr3", "Time for one MOV from CR3",
   "exit with shadow page tables", LOOPED, "none")
OP(to_cr3, "mov-to-cr3", "Time for one MOV to CR3",
   "TLB flush; exit with shadow page tables", LOOPED, "none")
OP(from_cr4, "mov-from-cr4", "Time for one MOV from CR4",
   "read shadow of CR4, or an exit with KVM on AMD's CPUs", LOOPED, "none or cr 1")
OP(to_cr4_pge, "mov-to-cr4-pge", "Time for one clearing and setting of CR4.PGE",
   "two MOVs to CR4, full TLB flushes: exits with shadow page tables", LOOPED, "none or cr 2")
OP(from_cr8, "mov-from-cr8", "Time for one MOV from CR8", "virtual APIC: TPR shadow", LOOPED,
   "none")
OP(to_cr8, "mov-to-cr8", "Time for one MOV to CR8", "virtual APIC: TPR shadow",
   VBENCH_OP_LOOP, "none")
OP(from_dr7, "mov-from-dr7", "Time for one MOV from DR7",
   "interception of debug registers, often the first access alone", LOOPED, "none")
OP(to_dr7, "mov-to-dr7", "Time for one MOV to DR7",
   "interception of debug registers, often the first access alone", LOOPED, "none")
OP(xsetbv, "xsetbv", "Time for one XSETBV of XCR0", "exit that Intel's CPUs always take", LOOPED,
   "xsetbv 1")

/* op-tlb.c */
OP(invlpg, "invlpg", "Time for one INVLPG of a mapped page",
   "TLB; exit with shadow page tables", LOOPED, "none")
OP(invpcid_address, "invpcid-address", "Time for one INVPCID of a mapped page",
   "TLB; exit with shadow page tables", LOOPED, "none")
OP(invpcid_all, "invpcid-all", "Time for one INVPCID of everything",
   "full TLB flush; exit with shadow page tables", LOOPED, "none")

/* op-cache.c */
OP(wbinvd, "wbinvd", "Time for one WBINVD",
   "caches; exit where the hypervisor has to see it", LOOPED | VBENCH_OP_OPT_IN, "wbinvd 1")

/* op-descriptor.c */
OP(sgdt, "sgdt", "Time for one SGDT", "exit where descriptor tables are watched", LOOPED, "none")
OP(sidt, "sidt", "Time for one SIDT", "exit where descriptor tables are watched", LOOPED, "none")
OP(str, "str", "Time for one STR", "exit where descriptor tables are watched", LOOPED, "none")

/* op-wait.c */
OP(pause, "pause", "Time for one PAUSE in a loop",
   "pause-loop exiting: an exit every few thousand", LOOPED, "none")
OP(monitor, "monitor", "Time for one MONITOR", "exit, or the CPU's own", LOOPED,
   "monitor 1 or none")
OP(mwait, "mwait", "Time for one MWAIT that does not wait", "exit, or the CPU's own",
   VBENCH_OP_LOOP, "mwait 1 or none")

/* op-hypercall.c */
OP(hypercall, "hypercall", "Time for one hypercall that does nothing",
   "exit and entry by the hypervisor's own call", LOOPED, "hypercall 1")

/* op-exception.c, op-page-fault.c */
OP(exception_ud, "exception-ud", "Time for one #UD and its IRET",
   "interception of #UD, decoding, injection", LOOPED, "exception 1")
OP(exception_bp, "exception-bp", "Time for one #BP and its IRET",
   "interception of #BP, if the guest is debugged", LOOPED, "none")
OP(exception_db, "exception-db", "Time for one #DB of a single step and its IRET",
   "interception of #DB, injection", LOOPED, "exception 1")
OP(exception_nm, "exception-nm", "Time for one #NM and its IRET",
   "interception of #NM, if the hypervisor switches the FPU late", LOOPED, "none")
OP(page_fault, "exception-pf", "Time for one #PF of the kernel and its fix-up",
   "exit with shadow page tables; the guest's handler", LOOPED, "none")

/* op-pio.c, op-pio-none.c */
OP(pio_pic, "pio-pic", "Time for one reading of the PIC's mask",
   "exit to the interrupt controller, in the kernel or the VMM", LOOPED, "io 1")
OP(pio_pit, "pio-pit", "Time for one reading of a byte of the PIT's counter",
   "exit to the timer, in the kernel or the VMM", LOOPED, "io 1")
OP(pio_post, "pio-post", "Time for one write to I/O port 0x80",
   "exit to the VMM in user space", LOOPED, "io 1")
OP(pio_acpi_timer, "pio-acpi-timer", "Time for one reading of the ACPI timer's port",
   "exit to the VMM in user space", LOOPED, "io 1")
OP(pio_none, "pio-none", "Time for one reading of an I/O port that is nobody's",
   "exit to the VMM in user space, which finds no device", LOOPED, "io 1")

/* op-mmio.c */
OP(mmio_lapic_version, "mmio-lapic-version",
   "Time for one reading of the local APIC's version",
   "nested page fault and decoding, or a virtual APIC", LOOPED, "mmio 1 or apic 1 or none")
OP(mmio_lapic_count, "mmio-lapic-count",
   "Time for one reading of the local APIC's timer count",
   "nested page fault and decoding, or a virtual APIC's exit", LOOPED, "mmio 1 or apic 1")
OP(mmio_ioapic, "mmio-ioapic", "Time for one reading of the I/O APIC's index register",
   "nested page fault, decoding, interrupt controller", LOOPED, "mmio 1")
OP(mmio_hpet, "mmio-hpet", "Time for one reading of the HPET's identity",
   "nested page fault, decoding, exit to the VMM in user space", LOOPED, "mmio 1")

/* op-virtio.c */
OP(virtio_kick, "virtio-kick", "Time for one notification of a virtio queue",
   "exit that ends in the kernel by an eventfd, or in the VMM", LOOPED, "mmio 1 or io 1")
OP(virtio_status, "virtio-status", "Time for one reading of a virtio device's status",
   "nested page fault, decoding, exit to the VMM in user space", LOOPED, "mmio 1 or io 1")

/* op-ipi.c */
OP(self_nop, "ipi-self-nop", "Time for one IPI to the CPU itself, by the ICR, taken after STI and NOP",
   "interception or virtualisation of the APIC's ICR, and injection", VBENCH_OP_LOOP,
   "ipi 1 or none")
OP(self_hlt, "ipi-self-hlt", "Time for one IPI to the CPU itself, by the ICR, that ends STI and HLT",
   "the same, and HLT with an interrupt pending", VBENCH_OP_LOOP, "ipi 1, hlt 1 or hlt 1 or ipi 1 or none")
OP(x2apic_nop, "ipi-self-x2apic-nop", "Time for one IPI by x2APIC's self IPI register, taken after STI and NOP",
   "interception or virtualisation of MSR 0x83f, and injection", VBENCH_OP_LOOP, "ipi 1 or none")
OP(x2apic_hlt, "ipi-self-x2apic-hlt", "Time for one IPI by x2APIC's self IPI register, that ends STI and HLT",
   "the same, and HLT with an interrupt pending", VBENCH_OP_LOOP, "ipi 1, hlt 1 or hlt 1 or ipi 1 or none")
OP(ipi_one, "ipi-one", "Time for one IPI to another CPU, which is running, until it is seen to have come",
   "the ICR, and delivery to a running vCPU", VBENCH_OP_LOOP | VBENCH_OP_PEER, "ipi 1 or none")
OP(ipi_broadcast, "ipi-broadcast", "Time for one IPI to all other CPUs, which are running, until all are seen to have come",
   "the ICR's shorthand, and delivery to running vCPUs", VBENCH_OP_LOOP | VBENCH_OP_PEER,
   "ipi 1 or none")

/* op-ipi-delay.c */
OP(ipi_running, "ipi-running", "Delay of one IPI to a CPU that is running, until its handler runs",
   "delivery of an interrupt to a running vCPU", EVENT | VBENCH_OP_PEER, "ipi 1 or none")
OP(ipi_halted, "ipi-halted", "Delay of one IPI to a CPU that is halted, until its handler runs",
   "wake-up of a halted vCPU", EVENT | VBENCH_OP_PEER, "ipi 1 or none")
OP(ipi_running_trip, "ipi-running-trip", "Delay of one IPI to a CPU that is running, and one back from its handler",
   "delivery of interrupts to running vCPUs", EVENT | VBENCH_OP_PEER, "ipi 1 or none")
OP(ipi_halted_trip, "ipi-halted-trip", "Delay of one IPI to a CPU that is halted, and one back from its handler",
   "wake-up of a halted vCPU, delivery to a running one", EVENT | VBENCH_OP_PEER, "ipi 1 or none")

/* op-smp-call.c */
OP(smp_call_single, "smp-call-single", "Time for one function call on another CPU, which is running, until it returned",
   "IPI to a running vCPU", VBENCH_OP_LOOP | VBENCH_OP_PEER, "ipi 1 or none")
OP(smp_call_all, "smp-call-all", "Time for one function call on all other CPUs, which are running, until all returned",
   "IPIs to running vCPUs, in one hypercall where there is one", VBENCH_OP_LOOP | VBENCH_OP_PEER,
   "ipi 1-255 or hypercall 1 or none")

/* op-irq-work.c */
OP(irq_work, "irq-work", "Time for one irq_work of the CPU itself, until it is done",
   "IPI to itself as the kernel does it", VBENCH_OP_LOOP, "ipi 1 or none")

/* op-timer.c */
OP(tsc_deadline, "timer-tsc-deadline", "Time for two TSC deadlines: one that is over, which fires, and the kernel's next",
   "the LAPIC timer at once: two interceptions, one injection", VBENCH_OP_LOOP, "timer 2")
OP(tsc_deadline_far, "timer-tsc-deadline-100us", "Delay of one TSC deadline 100 us ahead, until its interrupt is handled",
   "the LAPIC timer at a distance: preemption timer or hrtimer of the host", EVENT, "timer 2-3")
OP(lapic_timer, "timer-lapic", "Time for two count-downs of the LAPIC timer: one of 1, which fires, and the kernel's next",
   "the LAPIC timer's count: two interceptions, one injection", VBENCH_OP_LOOP, "timer 2")

/*
 * op-wake.c: the hrtimer is one write of the timer.  There is another where the tick is
 * due before it.  In a sleep of a tick or more each tick is a write, and can be a HLT:
 * the bounds are those of HZ=1000.  If a tick is due just before, its interrupt runs the
 * timer too, and nothing is written.  100 us hold a tick in one of 40 events (HZ=250) to
 * one of 10 (HZ=1000), and in more where the host is busy, but not in each: so half of
 * them is the least.
 */
OP(hrtimer, "timer-hrtimer-100us", "Delay of one hrtimer's handler, on a CPU that runs until then",
   "timer interrupt of a running vCPU", EVENT, "timer 0.5-2")
OP(hlt_10us, "hlt-wake-10us", "Delay of one hrtimer's handler, on a CPU halted for 10 us",
   "HLT and wake-up of a vCPU: halt polling", EVENT, "timer 0.5-2, hlt 1 or timer 0.5-2")
OP(hlt_100us, "hlt-wake-100us", "Delay of one hrtimer's handler, on a CPU halted for 100 us",
   "HLT and wake-up of a vCPU: halt polling, or scheduling", EVENT, "timer 0.5-2, hlt 1 or timer 0.5-2")
OP(hlt_1ms, "hlt-wake-1ms", "Delay of one hrtimer's handler, on a CPU idle for 1 ms",
   "HLT and wake-up of a vCPU: scheduling", EVENT | VBENCH_OP_SLEEPS,
   "timer 0-3, hlt 1-2 or timer 0-3")
OP(hlt_10ms, "hlt-wake-10ms", "Delay of one hrtimer's handler, on a CPU idle for 10 ms",
   "HLT and wake-up of a vCPU: scheduling, from a deeper sleep", EVENT | VBENCH_OP_SLEEPS,
   "timer 0-12, hlt 1-11 or timer 0-12")

/* op-sched.c */
OP(switch, "context-switch", "Time for one switch between two kernel threads of one CPU",
   "the guest's scheduler alone", VBENCH_OP_SLEEPS, "none")
OP(wake_remote, "wake-remote", "Delay of one thread on another CPU, idle until then, from its wake-up until it runs",
   "wake-up of a halted vCPU, and the guest's scheduler", EVENT | VBENCH_OP_PEER, "ipi 1 or none")

/* op-clocksource.c, op-mmio.c, op-pio.c */
OP(clock_tsc, "clock-tsc", "Time for one reading of the TSC as clocksource",
   "TSC offset and scaling, or interception of RDTSC", LOOPED, "none")
OP(clock_kvm, "clock-kvm", "Time for one reading of kvm-clock",
   "the paravirtualised clock: no exit", LOOPED, "none")
OP(clock_hpet, "clock-hpet", "Time for one reading of the HPET's counter as clocksource",
   "MMIO to a device of the VMM", LOOPED, "mmio 1")
OP(clock_pm, "clock-acpi-pm", "Time for one reading of the ACPI PM timer as clocksource",
   "PIO to a device of the VMM", LOOPED, "io 1")

/* op-indirect.c */
OP(indirect_quiet, "indirect-quiet", "Delay of one piece of work in caches, TLB and predictors, without an exit before it",
   "nothing: what to compare with", EVENT | VBENCH_OP_IRQS_OFF | VBENCH_OP_EXACT, "none")
OP(indirect_exit, "indirect-after-exit", "Delay of one piece of work in caches, TLB and predictors, right after a CPUID exit",
   "what an exit evicts and flushes", EVENT | VBENCH_OP_IRQS_OFF | VBENCH_OP_EXACT, "cpuid 1")

/* op-first-touch.c */
OP(touch_first, "first-touch-2m", "Delay of one allocation of 2 MiB, cleared, not touched before",
   "backing of memory: nested page faults", EVENT | VBENCH_OP_SLEEPS, "page-fault 0-512")
OP(touch_again, "touch-again-2m", "Delay of one allocation of 2 MiB, cleared, touched before",
   "nothing: what to compare with", EVENT | VBENCH_OP_SLEEPS, "none")
OP(touch_small, "first-touch-4k", "Delay of one clearing of a page of 4 KiB not touched before",
   "backing of memory: a nested page fault", EVENT | VBENCH_OP_SLEEPS, "page-fault 0-1")

/* op-guest-fault.c */
OP(guest_fault, "page-fault-guest", "Delay of one page fault that needs no memory from the hypervisor",
   "nested paging: none; shadow paging: two exits",
   EVENT | VBENCH_OP_SLEEPS | VBENCH_OP_FAULTS, "none")

/* op-shootdown.c */
OP(shootdown, "tlb-shootdown", "Time for one mapping flushed from the TLBs of all CPUs",
   "IPIs to all vCPUs, which all have to run", VBENCH_OP_SLEEPS, "ipi 0-255, hypercall 0-1")

/* op-tlb-miss.c */
OP(tlb_miss_4k, "tlb-miss-4k", "Time for one INVLPG and a load that misses the TLB, 4 KiB page",
   "nested paging: two-dimensional page walk", LOOPED, "none")
OP(tlb_miss_2m, "tlb-miss-2m", "Time for one INVLPG and a load that misses the TLB, 2 MiB page",
   "nested paging: two-dimensional page walk", LOOPED, "none")
