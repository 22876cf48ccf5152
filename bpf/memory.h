/* SPDX-License-Identifier: GPL-2.0-only */
/* What the reader fills in for the programs, and what it reads of them. */
#ifndef VBENCH_BPF_MEMORY_H
#define VBENCH_BPF_MEMORY_H

#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

#include "exits.h"

typedef __s32 s32;
typedef __u32 u32;
typedef __u64 u64;

/* Filled in before the programs are loaded. */
const volatile u32 nwindows = 1;
const volatile u32 target_tgid; /* without markers: 0 all */
const volatile u32 pid_namespace; /* whose processes may mark; 0 all */
const volatile _Bool no_markers; /* every vCPU has a window of its own */
const volatile _Bool want_rip;
const volatile _Bool know_vcpu; /* kvm_entry(vcpu): its argument is one */
const volatile _Bool soft; /* this KVM emulates its guests */
const volatile _Bool preemptible; /* the programs of tracepoints are */
const volatile u32 classic_isa; /* where the record has none */
/* Offsets in kvm_exit's record; 0 none. */
const volatile u32 at_reason, at_rip, at_isa, at_ret;

/*
 * Set by the reader while all programs are attached: they come and go one by
 * one, and with some of them only, time would be booked as what it is not.
 */
u32 running;

/* Read by the reader. */
u32 tids[TRACE_VCPUS];
struct trace_vcpu vcpus[TRACE_VCPUS];
/* With a wrong nonce, or of no window: by vCPUs that have had one of ours, and
 * by others, which are somebody else's. */
u64 stray_markers;
u64 foreign_markers;
/* Entries of vCPU threads that found no place, and how many threads they were;
 * and that there is none until the reader makes room, or a thread ends. */
u64 table_full;
u64 unseen_vcpus;
u32 windows_full;
u32 places_full;
/* Spans of time that ended before they began: they were not booked. */
u64 backwards;
u32 vms_ended;
#define CPUS 512
struct {
	trace_u64 exits;
	trace_u64 pad[7];
} foreign[CPUS];

/* By thread id: its place in @vcpus. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, TRACE_VCPUS);
	__type(key, u32);
	__type(value, u32);
} places SEC(".maps");

/* Threads that found none. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4 * TRACE_VCPUS);
	__type(key, u32);
	__type(value, u32);
} unseen SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct trace_window);
} windows SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct trace_rips);
} rips SEC(".maps");

#endif
