// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "trace-check.h"

#define FORMAT_MAX (64 * 1024)

static char *read_text(const char *path)
{
	char *text = calloc(1, FORMAT_MAX + 1);
	FILE *f = fopen(path, "re");

	if (!text || !f || !fread(text, 1, FORMAT_MAX, f)) {
		free(text);
		text = NULL;
	}
	if (f)
		fclose(f);
	return text;
}

char *trace_format(const char *event)
{
	static const char *const roots[] = { "/sys/kernel/tracing",
					     "/sys/kernel/debug/tracing" };
	char path[160], *text = NULL;

	for (size_t i = 0; i < 2 && !text; i++) {
		snprintf(path, sizeof(path), "%s/events/kvm/%s/format",
			 roots[i], event);
		text = read_text(path);
	}
	return text;
}

static bool capable(int cap)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[2] = { 0 };

	if (syscall(SYS_capget, &head, data))
		return false;
	return data[cap / 32].effective >> cap % 32 & 1;
}

/*
 * Capabilities in another user namespace do not count in the host, and a run
 * without CAP_SYS_ADMIN makes such a namespace.  The first one has this number in
 * every kernel (include/linux/proc_ns.h, PROC_USER_INIT_INO).
 */
static bool in_first_user_namespace(void)
{
	char target[32] = "";

	if (readlink("/proc/self/ns/user", target, sizeof(target) - 1) < 0)
		return true;
	return !strcmp(target, "user:[4026531837]");
}

static bool capable_here(int cap)
{
	return in_first_user_namespace() && capable(cap);
}

bool trace_check_admin(void)
{
	return capable_here(CAP_SYS_ADMIN);
}

static bool exists(const char *path)
{
	return !access(path, F_OK);
}

bool in_first_pid_namespace(void)
{
	char target[32] = "";

	if (readlink("/proc/self/ns/pid", target, sizeof(target) - 1) < 0)
		return true;
	return !strcmp(target, "pid:[4026531836]");
}

void trace_host_look(struct trace_host *h)
{
	char *lockdown = read_text("/sys/kernel/security/lockdown");

	h->root = !geteuid();
	h->cap_sys_admin = trace_check_admin();
	h->cap_bpf = capable_here(CAP_BPF);
	h->cap_perfmon = capable_here(CAP_PERFMON);
	h->kvm = exists("/sys/module/kvm");
	/* A vendor's module makes KVM's device. */
	h->kvm_device = exists("/sys/class/misc/kvm") || exists("/dev/kvm");
	h->btf = !access("/sys/kernel/btf/vmlinux", R_OK);
	h->locked_down = lockdown && strstr(lockdown, "[confidentiality]");
	free(lockdown);
}

/* CAP_SYS_ADMIN includes both: capabilities(7). */
static const char *missing_right(const struct trace_host *h)
{
	if (h->cap_sys_admin)
		return NULL;
	if (!h->cap_bpf)
		return "CAP_BPF";
	return h->cap_perfmon ? NULL : "CAP_PERFMON";
}

int trace_host_judge(const struct trace_host *h, char *why, size_t size)
{
	const char *right = missing_right(h);

	if (right) {
		snprintf(why, size,
			 "exits are seen by BPF programs in the host's kernel, "
			 "which need %s: run it as root%s",
			 right,
			 h->root ? " with all capabilities (not in a "
				   "container)" :
				   "");
		return -EPERM;
	}
	if (!h->kvm) {
		snprintf(why, size,
			 "kvm is not loaded, so no machine here has VM exits: "
			 "modprobe kvm_intel or kvm_amd");
		return -ENODEV;
	}
	if (!h->kvm_device) {
		snprintf(why, size,
			 "kvm is loaded without a vendor's module, so no "
			 "machine here has VM exits: modprobe kvm_intel or "
			 "kvm_amd (dmesg shows if the firmware forbids it)");
		return -ENODEV;
	}
	if (!h->btf) {
		snprintf(why, size,
			 "the host's kernel does not describe its types "
			 "(/sys/kernel/btf/vmlinux is missing): it needs "
			 "CONFIG_DEBUG_INFO_BTF=y");
		return -ENOENT;
	}
	/* This mode forbids BPF to read kernel memory: kernel_lockdown(7). */
	if (h->locked_down) {
		snprintf(why, size,
			 "the host's kernel is locked down (confidentiality): "
			 "BPF programs may not read it; boot without lockdown= "
			 "or with lockdown=integrity");
		return -EPERM;
	}
	return 0;
}

int trace_check(char *why, size_t size)
{
	struct trace_host h;

	trace_host_look(&h);
	return trace_host_judge(&h, why, size);
}
