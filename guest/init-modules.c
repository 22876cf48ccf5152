// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "init.h"
#include "kmod.h"

static char loaded[1024];

static void note_loaded(const char *file)
{
	const char *name = strchr(file, '-');
	size_t len = strlen(loaded);

	name = name ? name + 1 : file;
	snprintf(loaded + len, sizeof(loaded) - len, "%s%.*s", len ? " " : "",
		 (int)strcspn(name, "."), name);
}

/* EPERM: lockdown, which Secure Boot sets; EKEYREJECTED: module.sig_enforce. */
static const char *why_refused(int err)
{
	switch (err) {
	case ENOEXEC:
		return " (built for another kernel?)";
	case EPERM:
	case EKEYREJECTED:
		return " (under Secure Boot or lockdown, this kernel "
		       "requires a signature)";
	default:
		return "";
	}
}

/* Its benchmarks are skipped with this reason. */
static void note_kmod(int err)
{
	char text[256];

	snprintf(text, sizeof(text), "vbench.ko could not be loaded: %s%s",
		 strerror(err), why_refused(err));
	setenv(ENV_KMOD, text, 1);
}

/* finit_module(2); what is there already is as good as loaded. */
static bool load(const char *folder, const char *file)
{
	char path[PATH_MAX];
	int fd, ret;

	snprintf(path, sizeof(path), "%s/%s", folder, file);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	ret = syscall(SYS_finit_module, fd, "", 0);
	if (ret && errno != EEXIST) {
		/* ENODEV: a driver of hardware that is not there. */
		if (errno != ENODEV)
			fprintf(stderr, "%s: module %s: %s\n", init_name, file,
				strerror(errno));
		if (strstr(file, "-vbench."))
			note_kmod(errno);
		close(fd);
		return false;
	}
	close(fd);
	/* A file in an initramfs is memory. */
	unlink(path);
	note_loaded(file);
	return true;
}

static int is_module(const struct dirent *e)
{
	return strstr(e->d_name, ".ko") != NULL;
}

unsigned int init_modules(const char *folder)
{
	struct dirent **list;
	unsigned int n = 0;
	int count = scandir(folder, &list, is_module, alphasort);

	for (int i = 0; i < count; i++) {
		n += load(folder, list[i]->d_name);
		free(list[i]);
	}
	if (count >= 0)
		free(list);
	return n;
}

const char *init_modules_loaded(void)
{
	return loaded[0] ? loaded : "none";
}
