// SPDX-License-Identifier: GPL-2.0-only
/*
 * The guest names symbol, offset and module of an address, so vbench need not know
 * where the guest's kernel (KASLR) and modules are.  The guest is not trusted: its
 * names are only looked up.
 */
#include <elfutils/libdwfl.h>
#include <errno.h>
#include <glob.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "paths.h"
#include "trace-kernel.h"

#define NAME_MAX_LEN 64
/* The name for symbols that kallsyms lists without a module. */
#define KERNEL_NAME "vmlinux"
#define OWN_MODULE "updates/vbench.ko*"
/*
 * KASLR moves a kernel by multiples of at least this (x86: PHYSICAL_ALIGN, 2 MiB
 * or more; arm64: EFI_KIMG_ALIGN), and a module's .text begins at a page.  So the
 * lower bits of the address identify one of several static functions with the same
 * name, and show if the debug information is another build's.
 */
#define KERNEL_ALIGN 0x10000
#define MODULE_ALIGN 0x1000

struct kernel_debug {
	Dwfl *dwfl;
};

struct place {
	char symbol[NAME_MAX_LEN];
	u64 offset;
	char module[NAME_MAX_LEN];
};

/* "vmlinux-6.1" is the kernel, "virtio-net.ko.xz" module virtio_net. */
static void name_of(const char *path, char *name)
{
	char *end;

	snprintf(name, NAME_MAX_LEN, "%s", basename(path));
	end = strstr(name, ".ko");
	if (!end) {
		strcpy(name, KERNEL_NAME);
		return;
	}
	*end = '\0';
	for (; *name; name++)
		if (*name == '-')
			*name = '_';
}

static int add_file(struct kernel_debug *k, const char *path, char *why,
		    size_t size)
{
	char name[NAME_MAX_LEN];
	Dwfl_Module *mod;
	Dwarf_Addr bias;

	name_of(path, name);
	dwfl_report_begin_add(k->dwfl);
	mod = dwfl_report_offline(k->dwfl, name, path, -1);
	dwfl_report_end(k->dwfl, NULL, NULL);
	if (mod && dwfl_module_getdwarf(mod, &bias))
		return 0;
	snprintf(why, size,
		 "KERNEL_DEBUG in SETTINGS or the environment: %s: %s (a "
		 "vmlinux or module with debug information is needed)",
		 path, dwfl_errmsg(-1));
	return -ENOENT;
}

static int add_given(struct kernel_debug *k, const char *words, char *why,
		     size_t size)
{
	char *copy = strdup(words), *rest = copy, *word;
	int ret = copy ? 0 : -ENOMEM;
	glob_t g;

	while (!ret && (word = strsep(&rest, " \t"))) {
		if (!*word)
			continue;
		if (glob(word, GLOB_NOCHECK, NULL, &g)) {
			ret = -ENOMEM;
			break;
		}
		for (size_t i = 0; i < g.gl_pathc && !ret; i++)
			ret = add_file(k, g.gl_pathv[i], why, size);
		globfree(&g);
	}
	free(copy);
	if (ret == -ENOMEM)
		snprintf(why, size, "out of memory");
	return ret;
}

/* Without the file, or if it was stripped, the functions have no lines. */
static void add_own(struct kernel_debug *k, const char *fmt, const char *dir,
		    int len)
{
	char pattern[PATH_MAX + 64], why[PATH_MAX + 256];
	glob_t g;

	snprintf(pattern, sizeof(pattern), fmt, len, dir);
	if (glob(pattern, 0, NULL, &g))
		return;
	add_file(k, g.gl_pathv[0], why, sizeof(why));
	globfree(&g);
}

/* Looks where mkinitramfs looks for the guests' modules. */
static void add_own_module(struct kernel_debug *k, const struct settings *set)
{
	const char *data, *slash = strrchr(set->kernel, '/');

	if (set->modules[0]) {
		add_own(k, "%.*s/" OWN_MODULE, set->modules, PATH_MAX);
	} else if (set->kernel[0]) {
		add_own(k, "%.*s/lib/modules/*/" OWN_MODULE,
			slash ? set->kernel : ".",
			slash ? slash - set->kernel : 1);
	} else if ((data = data_dir())) {
		add_own(k, "%.*s/build/kernel/lib/modules/*/" OWN_MODULE, data,
			PATH_MAX);
		add_own(k, "%.*s/kernel/lib/modules/*/" OWN_MODULE, data,
			PATH_MAX);
	}
}

int kernel_debug_open(struct kernel_debug **out, const struct settings *set,
		      char *why, size_t size)
{
	static const Dwfl_Callbacks callbacks = {
		.find_elf = dwfl_build_id_find_elf,
		.find_debuginfo = dwfl_standard_find_debuginfo,
		.section_address = dwfl_offline_section_address,
	};
	struct kernel_debug *k = calloc(1, sizeof(*k));
	int ret;

	*out = NULL;
	if (k)
		k->dwfl = dwfl_begin(&callbacks);
	if (!k || !k->dwfl) {
		free(k);
		snprintf(why, size, "out of memory");
		return -ENOMEM;
	}
	/* Of several files with the same name, the first is used. */
	ret = add_given(k, set->kernel_debug, why, size);
	if (ret) {
		kernel_debug_close(k);
		return ret;
	}
	add_own_module(k, set);
	*out = k;
	return 0;
}

void kernel_debug_close(struct kernel_debug *k)
{
	if (!k)
		return;
	dwfl_end(k->dwfl);
	free(k);
}

/* Parses virtclient's "run_cpuid+0x1d [vbench]". */
static bool parse(const char *function, struct place *p)
{
	int n = sscanf(function, "%63[^+]+0x%" SCNx64 " [%63[^]]]", p->symbol,
		       &p->offset, p->module);

	if (n == 2)
		strcpy(p->module, KERNEL_NAME);
	return n >= 2;
}

struct search {
	const char *name;
	Dwfl_Module *mod;
};

static int is_it(Dwfl_Module *mod, void **user, const char *name,
		 Dwarf_Addr start, void *arg)
{
	struct search *s = arg;

	if (strcmp(name, s->name))
		return DWARF_CB_OK;
	s->mod = mod;
	return DWARF_CB_ABORT;
}

/* 0 if no function matches, or more than one. */
static u64 address_of(Dwfl_Module *mod, const struct place *p, u64 rip)
{
	bool kernel = !strcmp(p->module, KERNEL_NAME);
	u64 align = kernel ? KERNEL_ALIGN : MODULE_ALIGN, found = 0, good = 0;
	u32 nfound = 0, ngood = 0;
	int n = dwfl_module_getsymtab(mod);
	const char *name;
	GElf_Addr address;
	GElf_Sym sym;

	for (int i = 1; i < n; i++) {
		name = dwfl_module_getsym_info(mod, i, &sym, &address, NULL,
					       NULL, NULL);
		if (!name || strcmp(name, p->symbol))
			continue;
		found = address + p->offset;
		nfound++;
		if ((rip - p->offset - sym.st_value) % align)
			continue;
		good = found;
		ngood++;
	}
	if (ngood)
		return ngood == 1 ? good : 0;
	/* Not all of a module's sections begin a page. */
	return !kernel && nfound == 1 ? found : 0;
}

static void fill(struct kernel_debug *k, struct exit_site *site)
{
	struct search s = { 0 };
	struct place p;
	const char *file = NULL;
	Dwfl_Line *line;
	int number;
	u64 at;

	if (!parse(site->function, &p))
		return;
	s.name = p.module;
	dwfl_getmodules(k->dwfl, is_it, &s, 0);
	at = s.mod ? address_of(s.mod, &p, site->rip) : 0;
	line = at ? dwfl_module_getsrc(s.mod, at) : NULL;
	if (line)
		file = dwfl_lineinfo(line, NULL, &number, NULL, NULL, NULL);
	if (file)
		snprintf(site->line, sizeof(site->line), "%s:%d",
			 basename(file), number);
}

void kernel_debug_fill(struct kernel_debug *k, struct exits *x)
{
	for (size_t i = 0; k && i < x->nsites; i++)
		if (!x->sites[i].line[0])
			fill(k, &x->sites[i]);
}
