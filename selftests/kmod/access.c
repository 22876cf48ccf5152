// SPDX-License-Identifier: GPL-2.0-only
/* Whom the device serves, and what it leaves to a kernel that is locked down. */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "access.h"
#include "guest.h"

#define LOCKDOWN "/sys/kernel/security/lockdown"

static bool keep_capabilities(__u32 first_32)
{
	struct __user_cap_header_struct h = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct d[2] = {
		{ .effective = first_32, .permitted = first_32 },
	};

	return !syscall(SYS_capset, &h, d);
}

/* In a child: the error of an open by root with these capabilities; 0 none. */
static int open_with(__u32 first_32)
{
	int status = -1;
	pid_t pid = fork();

	if (!pid) {
		if (!keep_capabilities(first_32))
			_exit(255);
		_exit(open(VBENCH_DEVICE, O_RDWR) < 0 ? errno : 0);
	}
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return -1;
	return WEXITSTATUS(status);
}

void access_is_guarded(void)
{
	CHECK(open_with(0) == EPERM);
	CHECK(open_with(~(1u << CAP_SYS_RAWIO)) == EPERM);
	CHECK(open_with(1u << CAP_SYS_RAWIO) == 0);
}

/* Both ways to ask agree. */
static bool is_forbidden(int fd, const char *name)
{
	struct kmod k = { .fd = fd, .info = { .size = sizeof(k.info) } };
	struct vbench_op op = { 0 };
	struct vbench_run run = {
		.size = sizeof(run),
		.cpu = VBENCH_CPU_HERE,
		.peer = VBENCH_CPU_ANY,
		.iterations = 1,
		.batches = 1,
	};
	bool told;

	CHECK(!ioctl(fd, VBENCH_INFO, &k.info));
	CHECK(kmod_find(&k, name, &op) >= 0);
	run.op = op.index;
	op = (struct vbench_op){ .size = sizeof(op), .index = run.op };
	CHECK(!ioctl(fd, VBENCH_OP, &op) && !ioctl(fd, VBENCH_RUN, &run));
	told = strstr(op.why, "lockdown");
	CHECK(told == (run.outcome == VBENCH_OUTCOME_UNAVAILABLE &&
		       strstr(run.why, "lockdown")));
	return told;
}

void lockdown_is_respected(int fd)
{
	CHECK(!is_forbidden(fd, "wrmsr-fs-base"));
	mount("securityfs", "/sys/kernel/security", "securityfs", 0, NULL);
	if (access(LOCKDOWN, F_OK)) {
		printf("this kernel has no lockdown\n");
		return;
	}
	CHECK(guest_put(LOCKDOWN, "integrity"));
	CHECK(is_forbidden(fd, "pio-post") && is_forbidden(fd, "pio-none"));
	CHECK(is_forbidden(fd, "wrmsr-fs-base"));
	CHECK(is_forbidden(fd, "ipi-self-nop"));
	CHECK(is_forbidden(fd, "timer-tsc-deadline"));
	CHECK(is_forbidden(fd, "mmio-ioapic"));
	CHECK(!is_forbidden(fd, "rdmsr-fs-base") &&
	      !is_forbidden(fd, "cpuid-0"));
	CHECK(!is_forbidden(fd, "hypercall"));
}
