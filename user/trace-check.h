/* SPDX-License-Identifier: GPL-2.0-only */
/* Whether this host can show a VM's exits, and if not, why. */
#ifndef VBENCH_TRACE_CHECK_H
#define VBENCH_TRACE_CHECK_H

#include "../bench/benchmarks.h"

struct trace_host {
	bool root;
	bool cap_sys_admin, cap_bpf, cap_perfmon;
	bool kvm, kvm_device;
	bool btf; /* of vmlinux */
	bool locked_down; /* in mode confidentiality */
};

void trace_host_look(struct trace_host *h);
/* 0, or -errno with one reason and its remedy in @why.  Pure. */
int trace_host_judge(const struct trace_host *h, char *why, size_t size);
/* Both, of this host. */
int trace_check(char *why, size_t size);

/* CAP_SYS_ADMIN in the host, not in a user namespace. */
bool trace_check_admin(void);
/* BPF programs see the pids of the first pid namespace, which has the same
 * number in every kernel (include/linux/proc_ns.h, PROC_PID_INIT_INO). */
bool in_first_pid_namespace(void);

/* The text of a tracepoint's "format" file, to be freed; NULL if there is no
 * tracefs or no such tracepoint. */
char *trace_format(const char *event);

#endif
