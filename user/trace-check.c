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
 * What is capable in another user namespace is not so in the host, and a run
 * without CAP_SYS_ADMIN makes one.  The first has this number in every kernel
 * (include/linux/proc_ns.h, PROC_USER_INIT_INO).
 */
static bool in_first_user_namespace(void)
{
	char target[32] = "";

	if (readlink("/proc/self/ns/user", target, sizeof(target) - 1) < 0)
		return true;
	return !strcmp(target, "user:[4026531837]");
}

bool trace_check_admin(void)
{
	return in_first_user_namespace() && capable(CAP_SYS_ADMIN);
}

/* capabilities(7): CAP_SYS_ADMIN stands for both. */
static int check_rights(char *why, size_t size)
{
	const char *missing = NULL;

	if (trace_check_admin())
		return 0;
	if (!in_first_user_namespace() || !capable(CAP_BPF))
		missing = "CAP_BPF";
	else if (!capable(CAP_PERFMON))
		missing = "CAP_PERFMON";
	if (!missing)
		return 0;
	snprintf(why, size,
		 "exits are seen by BPF programs in the host's kernel, which "
		 "need %s: run it as root%s",
		 missing,
		 geteuid() ? "" :
			     " with all capabilities (not in a container)");
	return -EPERM;
}

/* In "confidentiality" BPF may not read kernel memory (lockdown(7)). */
static int check_lockdown(char *why, size_t size)
{
	char *text = read_text("/sys/kernel/security/lockdown");
	bool locked = text && strstr(text, "[confidentiality]");

	free(text);
	if (!locked)
		return 0;
	snprintf(why, size,
		 "the host's kernel is locked down (confidentiality): BPF "
		 "programs may not read it; boot without lockdown= or with "
		 "lockdown=integrity");
	return -EPERM;
}

static int check_kvm(char *why, size_t size)
{
	if (!access("/sys/module/kvm", F_OK))
		return 0;
	snprintf(why, size,
		 "kvm is not loaded, so no machine here has VM exits: modprobe "
		 "kvm_intel or kvm_amd");
	return -ENODEV;
}

static int check_btf(char *why, size_t size)
{
	if (!access("/sys/kernel/btf/vmlinux", R_OK))
		return 0;
	snprintf(why, size,
		 "the host's kernel does not describe its types "
		 "(/sys/kernel/btf/vmlinux is missing): it needs "
		 "CONFIG_DEBUG_INFO_BTF=y");
	return -ENOENT;
}

int trace_check(char *why, size_t size)
{
	int ret = check_rights(why, size);

	if (!ret)
		ret = check_kvm(why, size);
	if (!ret)
		ret = check_btf(why, size);
	if (!ret)
		ret = check_lockdown(why, size);
	return ret;
}
