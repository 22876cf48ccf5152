/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An emulated host runs one command: a kernel under QEMU's software emulation,
 * with an emulated CPU that has SVM, and this machine's root below a tmpfs.
 * Only files that the command writes to shared folders appear outside.  It needs
 * neither root nor KVM.
 */
#ifndef VBENCH_EMULATED_HOST_H
#define VBENCH_EMULATED_HOST_H

#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>

#include "../rootfs/hostinit/link.h"
#include "rundir.h"

/* Set in the emulated host; SETTINGS reads it. */
#define ENV_EMULATED_HOST "VBENCH_EMULATED_HOST"

struct emulated_host {
	struct rundir run;
	char kernel[PATH_MAX];
	char modules[PATH_MAX]; /* "": beside the kernel, or /lib/modules */
	bool took_modules; /* MODULES= was meant for this kernel */
	char qemu[PATH_MAX];
	char unprivileged[32];
	/* The words before and after QEMU's name, separated by blanks. */
	char drop[512], sandbox[256];
	char cpu[256], vcpus[32], append[1024];
	unsigned long long mib; /* its memory */
	char logfiles[PATH_MAX]; /* "": the guests' consoles are not kept */
	double boot_limit_s;
	const char *share[LINK_SHARES_MAX];
	unsigned int nshares;
	bool input; /* the command reads this process's standard input */
	int signals; /* a signalfd */
	/* While it runs. */
	struct link link;
	int console;
	int monitor; /* QMP */
	pid_t pid;
	int pidfd;
};

/*
 * Makes the run's folder, and finds the kernel and makes the initramfs to boot;
 * @kernel "" is the default.  0, or the exit status, with the cause said.
 * emulated_host_close() must follow in either case.
 */
int emulated_host_open(struct emulated_host *h, const char *kernel);

/* Shares a folder for the command to write to, with the same path there. */
void emulated_host_share(struct emulated_host *h, const char *path);

/*
 * Boots it and runs @argv there, with this process's environment, working
 * directory, output and signals.  Returns the exit status.
 */
int emulated_host_run(struct emulated_host *h, char *const *argv);

void emulated_host_close(struct emulated_host *h);

struct script;

/* For these files only.  Blocks the signals that stop and end vbench; returns a
 * signalfd for them, or -1. */
int emulated_signals(void);
/* Waits for the script's end.  Returns -EINTR after a message if a signal ended it. */
int emulated_script_wait(struct emulated_host *h, struct script *s);
/* The exit status for an -errno. */
int emulated_failed(int ret);
/* Chooses how QEMU gives up rights that it does not need; 0 or
 * -errno, with the cause said. */
int emulated_rights_choose(struct emulated_host *h);
/* Starts QEMU, with pid, pidfd, link, console and monitor. */
int emulated_qemu_spawn(struct emulated_host *h);
void emulated_qemu_kill(struct emulated_host *h);
/* Stops it and this process, as suspend_all() does; returns once both continue. */
void emulated_stop(struct emulated_host *h, bool by_terminal);
/* Files in the run's folder: the emulated host's console, and QEMU's output. */
#define EMULATED_CONSOLE "console"
#define EMULATED_QEMU_LOG "qemu.log"
void emulated_host_path(const struct emulated_host *h, const char *name,
			char *path);

#endif
