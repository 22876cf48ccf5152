/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A host of its own for one command: a kernel under QEMU's software emulation,
 * with an emulated CPU that has SVM, and this machine's root below a tmpfs.
 * Nothing that the command does shows outside, but what it writes to the
 * folders that are shared.  It takes neither root nor KVM.
 */
#ifndef VBENCH_EMULATED_HOST_H
#define VBENCH_EMULATED_HOST_H

#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>

#include "../rootfs/hostinit/link.h"
#include "rundir.h"

/* Set in the emulated host: SETTINGS looks at it. */
#define ENV_EMULATED_HOST "VBENCH_EMULATED_HOST"

struct emulated_host {
	struct rundir run;
	char kernel[PATH_MAX];
	char modules[PATH_MAX]; /* "": beside the kernel, or /lib/modules */
	bool took_modules; /* MODULES= was meant for this kernel */
	char qemu[PATH_MAX];
	char unprivileged[32];
	/* Words before and after QEMU's name, with blanks between. */
	char drop[512], sandbox[256];
	char cpu[256], vcpus[32], append[1024];
	unsigned long long mib; /* its memory */
	char logfiles[PATH_MAX]; /* "": nobody asked for the guests' consoles */
	double boot_limit_s;
	const char *share[LINK_SHARES_MAX];
	unsigned int nshares;
	bool input; /* the command reads this process's standard input */
	/* While it runs. */
	struct link link;
	int console;
	int monitor; /* QMP */
	pid_t pid;
	int pidfd;
};

/*
 * Makes the run's folder and what is booted there; @kernel "" is the default.
 * 0, or the exit status, said.  To be closed in any case.
 */
int emulated_host_open(struct emulated_host *h, const char *kernel);

/* A folder that the command may write to: its path is the same there. */
void emulated_host_share(struct emulated_host *h, const char *path);

/*
 * Boots it and runs @argv there, with this process's environment, working
 * directory, output and signals: the exit status.
 */
int emulated_host_run(struct emulated_host *h, char *const *argv);

void emulated_host_close(struct emulated_host *h);

/* Between these files: how QEMU gives up rights that it does not need; 0 or -errno,
 * said. */
int emulated_rights_choose(struct emulated_host *h);
/* Starts QEMU, with pid, pidfd, link, console and monitor. */
int emulated_qemu_spawn(struct emulated_host *h);
void emulated_qemu_kill(struct emulated_host *h);
/* Stops it and this process, as suspend_all() does; returns when it goes on. */
void emulated_stop(struct emulated_host *h, bool by_terminal);
/* Files of the run's folder: the emulated host's console, what QEMU said. */
#define EMULATED_CONSOLE "console"
#define EMULATED_QEMU_LOG "qemu.log"
void emulated_host_path(const struct emulated_host *h, const char *name,
			char *path);

#endif
