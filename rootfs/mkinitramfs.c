// SPDX-License-Identifier: GPL-2.0-only
/*
 * mkinitramfs KERNEL MODULES CLIENT OUT [TOKENFILE]: an initramfs for any
 * kernel, with the client as /init and just the modules that this kernel needs
 * to reach the disk and the network, as /modules/NNN-name.ko in the order of
 * loading.  What only other machines than the usual have is in /modules.more,
 * loaded when the disk or the network has not shown up.  /token is the session's token: on a
 * command line every user of the host could read it.
 *
 * mkinitramfs --host KERNEL MODULES INIT OUT: for the kernel of an emulated
 * host, with what that needs (needs.c), and in /modules.dir where its modules
 * are.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <libkmod.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <stdbool.h>
#include <unistd.h>

#include "bzimage.h"
#include "cpio.h"
#include "hostinit/needs.h"

/* A kernel has some built in and lacks others. */
static const char *const usual[] = {
	"virtio_pci", "virtio_mmio", "virtio_blk", "virtio_net",
	"virtio_rng", "ext4",	     "vbench",	   NULL,
};

static const char *const more[] = {
	"virtio_console", "xen_blkfront", "xen_netfront", "sd_mod",
	"virtio_scsi",	  "ahci",	  "e1000",	  NULL,
};

#define MODULES_MAX 128

struct paths {
	char *path[MODULES_MAX];
	size_t n;
};

struct plan {
	struct paths load; /* in this order */
	struct paths seen;
};

/* False if it is there already. */
static bool add_path(struct paths *p, const char *path)
{
	for (size_t i = 0; i < p->n; i++)
		if (!strcmp(p->path[i], path))
			return false;
	if (p->n == MODULES_MAX)
		errx(1, "more than %d modules", MODULES_MAX);
	p->path[p->n] = strdup(path);
	if (!p->path[p->n++])
		err(1, NULL);
	return true;
}

static void plan_module(struct plan *p, struct kmod_module *mod);

static void plan_list(struct plan *p, struct kmod_list *list)
{
	struct kmod_list *l;
	struct kmod_module *m;

	kmod_list_foreach(l, list) {
		m = kmod_module_get_module(l);
		plan_module(p, m);
		kmod_module_unref(m);
	}
	kmod_module_unref_list(list);
}

/*
 * What it needs comes first: its dependencies, and what modprobe(8) would load
 * before it (modprobe.d(5), softdep): ext4 asks for crc32c at run time, and in
 * the initramfs there is no modprobe to answer.  Soft dependencies can form a
 * ring, hence the second list.
 */
static void plan_module(struct plan *p, struct kmod_module *mod)
{
	struct kmod_list *pre = NULL, *post = NULL;
	const char *path = kmod_module_get_path(mod);

	if (!path || kmod_module_get_initstate(mod) == KMOD_MODULE_BUILTIN)
		return;
	if (!add_path(&p->seen, path))
		return;
	if (!kmod_module_get_softdeps(mod, &pre, &post)) {
		plan_list(p, pre);
		kmod_module_unref_list(post);
	}
	plan_list(p, kmod_module_get_dependencies(mod));
	add_path(&p->load, path);
}

static void plan_alias(struct plan *p, struct kmod_ctx *ctx, const char *alias)
{
	struct kmod_list *list = NULL;

	if (kmod_module_new_from_lookup(ctx, alias, &list) >= 0)
		plan_list(p, list);
}

static void plan_all(struct plan *p, const char *const *wanted, const char *dir)
{
	const char *no_config = NULL;
	struct kmod_ctx *ctx = kmod_new(dir, &no_config);

	if (!ctx)
		errx(1, "%s: libkmod cannot use it", dir);
	for (; *wanted; wanted++)
		plan_alias(p, ctx, *wanted);
	kmod_unref(ctx);
}

/* The name of a built-in one is known as well (modules.builtin). */
static bool is_known(struct kmod_ctx *ctx, const char *name)
{
	struct kmod_list *list = NULL;
	bool known = kmod_module_new_from_lookup(ctx, name, &list) >= 0 && list;

	kmod_module_unref_list(list);
	return known;
}

/* Reports all missing modules at once, including optional ones. */
static void complain(struct kmod_ctx *ctx, const char *dir, const char *kernel)
{
	const struct host_need *n = host_needs;

	for (; n < host_needs + nhost_needs; n++)
		if (n->module && !is_known(ctx, n->module))
			warnx("%s lacks %s: no module %s in %s%s%s", kernel,
			      n->option, n->module, dir, n->without ? ": " : "",
			      n->without ? n->without : "");
	errx(1, "this kernel cannot run an emulated host (is it a "
		"cloud or small one?): use a generic one");
}

static void plan_host(struct plan *p, const char *dir, const char *kernel)
{
	const char *no_config = NULL;
	struct kmod_ctx *ctx = kmod_new(dir, &no_config);
	const struct host_need *n = host_needs;

	if (!ctx)
		errx(1, "%s: libkmod cannot use it", dir);
	for (; n < host_needs + nhost_needs; n++) {
		if (!n->module)
			continue;
		if (!n->without && !is_known(ctx, n->module))
			complain(ctx, dir, kernel);
		plan_alias(p, ctx, n->module);
	}
	kmod_unref(ctx);
}

static bool has_modules(const char *dir)
{
	char path[PATH_MAX];

	return snprintf(path, sizeof(path), "%s/modules.dep", dir) <
		       (int)sizeof(path) &&
	       !access(path, R_OK);
}

/* In the kernel's own folder, or, of boot/vmlinuz-VERSION as a package has it,
 * in the folder above. */
static bool beside(char *dir, const char *kernel, const char *release)
{
	static const char *const places[] = { "", "/.." };
	char real[PATH_MAX];

	if (!realpath(kernel, real))
		return false;
	*strrchr(real, '/') = '\0';
	for (size_t i = 0; i < 2; i++)
		if (snprintf(dir, PATH_MAX, "%s%s/lib/modules/%s", real,
			     places[i], release) < PATH_MAX &&
		    has_modules(dir))
			return true;
	return false;
}

/* An empty result: a kernel that needs none, or so its owner says. */
static void find_modules(char *dir, const char *kernel, const char *given,
			 const char *needed)
{
	char release[BZIMAGE_RELEASE_MAX];
	const char *why = bzimage_check(kernel, release);

	if (why)
		errx(1,
		     "KERNEL=%s is not a kernel: %s (name a bzImage such "
		     "as /boot/vmlinuz-VERSION)",
		     kernel, why);
	if (*given) {
		if (!has_modules(given))
			errx(1,
			     "MODULES=%s has no modules.dep: name the "
			     "folder lib/modules/%s, after depmod",
			     given, *release ? release : "VERSION");
		snprintf(dir, PATH_MAX, "%s", given);
		return;
	}
	if (*release && beside(dir, kernel, release))
		return;
	snprintf(dir, PATH_MAX, "/lib/modules/%s", release);
	if (*release && has_modules(dir))
		return;
	warnx("no modules found for kernel %s: correct if it has "
	      "%s built in; otherwise name their folder with "
	      "MODULES= in SETTINGS",
	      *release ? release : kernel, needed);
	dir[0] = '\0';
}

static void add_module(struct cpio *c, const char *folder, size_t i,
		       const char *path)
{
	const char *base = strrchr(path, '/');
	char name[PATH_MAX], *ko;

	snprintf(name, sizeof(name), "%s/%03zu-%s", folder, i,
		 base ? base + 1 : path);
	/* Stored plain: any kernel can load that. */
	ko = strstr(name, ".ko.");
	if (ko)
		ko[3] = '\0';
	cpio_file(c, name, 0644, path);
}

static void skeleton(struct cpio *c, const char *init)
{
	cpio_dir(c, "dev");
	cpio_dir(c, "proc");
	cpio_dir(c, "sys");
	cpio_dir(c, "root");
	cpio_dir(c, "modules");
	cpio_dir(c, "modules.more");
	cpio_console(c);
	cpio_file(c, "init", 0755, init);
}

static void add_modules(struct cpio *c, const struct plan *p, size_t nusual)
{
	for (size_t i = 0; i < p->load.n; i++)
		add_module(c, i < nusual ? "modules" : "modules.more", i,
			   p->load.path[i]);
}

/* Such a kernel would panic, because it cannot execute its init. */
static void check_bits(const char *kernel, const char *init)
{
	if (bzimage_is_32_bit(kernel) && bzimage_program_is_64_bit(init))
		errx(1,
		     "KERNEL=%s is a 32-bit kernel, which cannot run the 64-bit "
		     "%s: name a 64-bit kernel, or build a 32-bit client: make "
		     "BUILD=build-32 CFLAGS='-O2 -m32' virtclient, then make "
		     "rootfs/root.ext3",
		     kernel, init);
}

static int for_guest(char **argv, const char *token)
{
	struct plan p = { 0 };
	size_t nusual = 0;
	char dir[PATH_MAX];
	struct cpio *c;

	find_modules(dir, argv[0], argv[1], "virtio, network and ext4");
	check_bits(argv[0], argv[2]);
	if (*dir) {
		plan_all(&p, usual, dir);
		nusual = p.load.n;
		plan_all(&p, more, dir);
	}
	c = cpio_open(argv[3]);
	skeleton(c, argv[2]);
	if (token)
		cpio_file(c, "token", 0600, token);
	add_modules(c, &p, nusual);
	cpio_close(c);
	return 0;
}

static int for_host(char **argv)
{
	char dir[PATH_MAX], real[PATH_MAX];
	struct plan p = { 0 };
	struct cpio *c;

	find_modules(dir, argv[0], argv[1], "virtio, 9p, overlay and KVM");
	check_bits(argv[0], argv[2]);
	if (*dir)
		plan_host(&p, dir, argv[0]);
	c = cpio_open(argv[3]);
	skeleton(c, argv[2]);
	cpio_text(c, "modules.dir", *dir && realpath(dir, real) ? real : "");
	add_modules(c, &p, p.load.n);
	cpio_close(c);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 6 && !strcmp(argv[1], "--host"))
		return for_host(argv + 2);
	if (argc == 5 || argc == 6)
		return for_guest(argv + 1, argv[5]);
	fprintf(stderr, "usage: mkinitramfs KERNEL MODULES CLIENT OUT "
			"[TOKENFILE]\n"
			"       mkinitramfs --host KERNEL MODULES INIT OUT\n");
	return 2;
}
