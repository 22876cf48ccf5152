/* SPDX-License-Identifier: GPL-2.0-only */
/* How much of an exit this host can show.  Pure: no I/O, no BPF. */
#ifndef VBENCH_TRACE_TIER_H
#define VBENCH_TRACE_TIER_H

#include "../bench/benchmarks.h"

/* What this kernel's KVM offers, according to BTF and never to a version. */
struct trace_offer {
	bool types; /* KVM's types are known; else the rest means nothing */
	bool tracepoint; /* there is a kvm_exit */
	bool record; /* tracefs shows the layout of its record */
	bool vcpu; /* kvm_entry's argument is a struct kvm_vcpu * */
	bool exit_args; /* kvm_exit's arguments are known ... */
	bool exit_has_reason; /* ... and the reason is one */
	bool svm; /* the reason can be read from struct vcpu_svm */
	bool ioctl_run; /* fentry on kvm_arch_vcpu_ioctl_run */
	bool destroy_vm; /* and on kvm_arch_destroy_vm */
	bool stat;
	bool fast_mmio;
	bool nested; /* exits of a guest's guests can be identified */
	bool rip; /* it is known where KVM keeps a guest's RIP */
	bool preemptible; /* the programs of tracepoints are, or may be */
	bool soft; /* no hardware virtualization is in use */
};

/* 'A' to 'D', none better than @asked (0: any); or 0, with one reason and its
 * remedy in @why. */
char trace_best_tier(const struct trace_offer *o, char asked, char *why,
		     size_t size);
/* Describes a tier and its limits. */
const char *trace_tier_text(char tier);

#endif
