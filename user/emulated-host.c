// SPDX-License-Identifier: GPL-2.0-only
/* Prepares an emulated host: the folder, the kernel, the initramfs. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "emulated-host.h"
#include "exit.h"
#include "available.h"
#include "filelimit.h"
#include "hint.h"
#include "paths.h"
#include "say.h"
#include "script.h"
#include "session.h"
#include "tail.h"

#define WHY 2048
/* It decompresses dozens of modules. */
#define INITRAMFS_LIMIT_S 120
#define WARNING_LINES 4
/* Of which its scripts' shells need some, too. */
#define FILES 64
#define FILES_LEAST 40
#define STOCK_QEMU "qemu-system-x86_64"

enum {
	QEMU,
	HOST_KERNEL,
	HOST_MODULES,
	HOST_QEMU,
	HOST_MEM,
	HOST_VCPUS,
	HOST_CPU,
	HOST_APPEND,
	HOST_BOOT_LIMIT,
	KERNEL,
	MODULES,
	LOGFILES,
	UNPRIVILEGED,
	NVALUES
};

static const char *const wanted[NVALUES] = {
	[QEMU] = "QEMU:-" STOCK_QEMU,
	[HOST_KERNEL] = "HOST_KERNEL",
	[HOST_MODULES] = "HOST_MODULES",
	[HOST_QEMU] = "HOST_QEMU",
	[HOST_MEM] = "HOST_MEM:-4G",
	[HOST_VCPUS] = "HOST_VCPUS:-2",
	[HOST_CPU] = "HOST_CPU:-EPYC,+svm,+npt",
	[HOST_APPEND] = "HOST_APPEND",
	[HOST_BOOT_LIMIT] = "HOST_BOOT_LIMIT:-300",
	[KERNEL] = "KERNEL",
	[MODULES] = "MODULES",
	[LOGFILES] = "LOGFILES",
	[UNPRIVILEGED] = "UNPRIVILEGED:-yes",
};

static bool readable(char *path, const char *dir, const char *below)
{
	char given[PATH_MAX];

	return snprintf(given, PATH_MAX, "%s%s", dir, below) < PATH_MAX &&
	       !access(given, R_OK) && realpath(given, path);
}

static int find_kernel(struct emulated_host *h, const char *data,
		       const char *given)
{
	if (*given) {
		if (readable(h->kernel, given, ""))
			return 0;
		say("the emulated host's kernel %s cannot be read: %s", given,
		    strerror(errno));
		return -ENOENT;
	}
	if (readable(h->kernel, data, "/build/host-kernel/vmlinuz") ||
	    readable(h->kernel, data, "/host-kernel/vmlinuz"))
		return 0;
	say("there is no kernel for an emulated host: \"make deps\" fetches "
	    "Debian's generic one, or name your own: --emulated-host=KERNEL");
	return -ENOENT;
}

/* The user's choice comes before the patched QEMU. */
static void find_qemu(struct emulated_host *h, const char *data,
		      const char *host_qemu, const char *qemu)
{
	if (!*host_qemu && !strcmp(qemu, STOCK_QEMU) &&
	    (readable(h->qemu, data, "/build/host-qemu/qemu") ||
	     readable(h->qemu, data, "/host-qemu/qemu")))
		return;
	snprintf(h->qemu, sizeof(h->qemu), "%.4095s",
		 *host_qemu ? host_qemu : qemu);
}

static int check_memory(const struct emulated_host *h)
{
	struct available m;

	available_read(&m, "");
	if ((!m.mib && !m.limit[0]) || h->mib <= m.mib)
		return 0;
	say("not enough memory for an emulated host: HOST_MEM=%lluM, but %llu MiB "
	    "are free%s%s: use a smaller one (2G is enough for a few guests)",
	    h->mib, m.mib, m.limit[0] ? " within " : "", m.limit);
	return -ENOMEM;
}

static void take(struct emulated_host *h, char (*v)[PATH_MAX])
{
	/* Without a KERNEL for the guests, MODULES= means the host's. */
	h->took_modules = !*v[HOST_MODULES] && !*v[KERNEL] && *v[MODULES];
	snprintf(h->modules, sizeof(h->modules), "%.4095s",
		 h->took_modules ? v[MODULES] : v[HOST_MODULES]);
	snprintf(h->cpu, sizeof(h->cpu), "%.255s", v[HOST_CPU]);
	snprintf(h->vcpus, sizeof(h->vcpus), "%.31s", v[HOST_VCPUS]);
	/* A path in the run's folder is SETTINGS's own default. */
	if (strncmp(v[LOGFILES], h->run.path, strlen(h->run.path)))
		snprintf(h->logfiles, sizeof(h->logfiles), "%.4095s",
			 v[LOGFILES]);
	snprintf(h->append, sizeof(h->append), "%.1023s", v[HOST_APPEND]);
	snprintf(h->unprivileged, sizeof(h->unprivileged), "%.31s",
		 v[UNPRIVILEGED]);
}

static int read_settings(struct emulated_host *h, const char *data,
			 const char *kernel)
{
	static char v[NVALUES][PATH_MAX];
	char why[WHY];
	int ret;

	setenv("VBENCH_DIR", data, 1);
	setenv("VBENCH_RUN", h->run.path, 1);
	ret = settings_ask(wanted, NVALUES, v, why, sizeof(why));
	if (!ret)
		ret = settings_seconds("HOST_BOOT_LIMIT", v[HOST_BOOT_LIMIT],
				       &h->boot_limit_s, why, sizeof(why));
	if (!ret)
		ret = settings_mib("HOST_MEM", v[HOST_MEM], &h->mib, why,
				   sizeof(why));
	if (ret) {
		say("%s", why);
		return ret;
	}
	take(h, v);
	find_qemu(h, data, v[HOST_QEMU], v[QEMU]);
	return find_kernel(h, data, *kernel ? kernel : v[HOST_KERNEL]);
}

static int make_initramfs(struct emulated_host *h, const char *data)
{
	char maker[PATH_MAX], init[PATH_MAX], out[PATH_MAX + 16], why[WHY];
	struct script_spec spec = {
		.path = maker,
		.cwd = h->run.path,
		.label = "mkinitramfs",
		.args = { "--host", h->kernel, h->modules, init, out },
		.limit_s = INITRAMFS_LIMIT_S,
		.ends_with_us = true,
	};
	struct script s;
	int ret;

	snprintf(maker, sizeof(maker), "%.4000s/rootfs/mkinitramfs", data);
	snprintf(init, sizeof(init), "%.4000s/rootfs/host-init", data);
	snprintf(out, sizeof(out), "%s/initramfs", h->run.path);
	ret = script_spawn(&s, &spec);
	if (ret) {
		say("%s cannot be executed: %s%s", maker, strerror(-ret),
		    ret == -ENOENT ? " (make builds it)" : hint_space(ret));
		return ret;
	}
	ret = emulated_script_wait(h, &s);
	if (ret)
		return ret;
	if (!script_verdict(&s, why, sizeof(why))) {
		say("the emulated host's initramfs: %s", why);
		return -EINVAL;
	}
	if (tail_of_file(s.err, WARNING_LINES, why, sizeof(why)))
		say("the emulated host's initramfs:\n%s", why);
	return 0;
}

int emulated_host_open(struct emulated_host *h, const char *kernel)
{
	const char *data = data_dir();
	int ret;

	*h = (struct emulated_host){
		.console = -1,
		.monitor = -1,
		.pidfd = -1,
		.signals = emulated_signals(),
		.link.fd = -1,
	};
	if (!data ||
	    filelimit_raise(FILES, FILES_LEAST, "an emulated host needs", ""))
		return EXIT_NOTHING;
	rundir_sweep(session_undo);
	if (h->signals < 0 || rundir_make(&h->run) ||
	    read_settings(h, data, kernel) || check_memory(h))
		return EXIT_NOTHING;
	ret = make_initramfs(h, data);
	return ret ? emulated_failed(ret) : 0;
}

void emulated_host_share(struct emulated_host *h, const char *path)
{
	if (h->nshares < LINK_SHARES_MAX)
		h->share[h->nshares++] = path;
}

void emulated_host_path(const struct emulated_host *h, const char *name,
			char *path)
{
	snprintf(path, PATH_MAX, "%.4000s/%s", h->run.path, name);
}

void emulated_host_close(struct emulated_host *h)
{
	emulated_qemu_kill(h);
	if (h->link.fd >= 0)
		close(h->link.fd);
	if (h->console >= 0)
		close(h->console);
	if (h->monitor >= 0)
		close(h->monitor);
	if (h->pidfd >= 0)
		close(h->pidfd);
	if (h->signals >= 0)
		close(h->signals);
	link_free(&h->link);
	rundir_remove(&h->run);
}
