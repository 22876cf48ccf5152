// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "settings.h"

#define COMMAND_MAX 4096
/* More than any hypervisor gives to a guest. */
#define VCPUS_MAX 8192

/* What settings_read() asks for, in the order of take(). */
static const char *const of_session[] = {
	"BOOT_LIMIT:-120",
	"SCRIPT_LIMIT:-30",
	"SETUP_LIMIT:-10",
	"RUN_LIMIT:-20",
	"LOGFILES:-$VBENCH_RUN/console",
	"KERNEL",
	"MEM",
	"VCPUS",
	"AVOID",
	"MODULES",
	"KERNEL_DEBUG",
	"QEMU",
	"MACHINE",
	"CPU",
	"APPEND",
	"QEMU_ARGS",
};
#define NOF_SESSION (sizeof(of_session) / sizeof(of_session[0]))

/* SETTINGS is shell: only a shell knows what it means. */
static bool make_query(char *command, const char *const *wanted, size_t n)
{
	size_t len;

	len = sprintf(command, "cd \"$VBENCH_RUN\" && "
			       ". \"$VBENCH_DIR/SETTINGS\" >/dev/null && "
			       "printf '%%s\\0'");
	for (size_t i = 0; i < n && len < COMMAND_MAX; i++)
		len += snprintf(command + len, COMMAND_MAX - len,
				" \"${%s%s}\"", wanted[i],
				strchr(wanted[i], ':') ? "" : ":-");
	return len < COMMAND_MAX;
}

/* What is wrong with a value; NULL: nothing. */
static const char *fault_of(const char *text)
{
	if (strchr(text, '\n'))
		return "has a line break";
	return strlen(text) < PATH_MAX ? NULL : "is too long";
}

static int settings_paths(const char *const *wanted, size_t n,
			  char (*value)[PATH_MAX], char *why, size_t size)
{
	char name[64];
	int ret = 0;

	for (size_t i = 0; i < n && !ret; i++) {
		snprintf(name, sizeof(name), "%.*s",
			 (int)strcspn(wanted[i], ":"), wanted[i]);
		ret = settings_path(name, value[i], why, size);
	}
	return ret;
}

int settings_ask(const char *const *wanted, size_t n, char (*value)[PATH_MAX],
		 char *why, size_t size)
{
	char command[COMMAND_MAX];
	const char *fault = NULL;
	size_t got = 0, room = 0;
	char *text = NULL;
	FILE *f = NULL;
	int status, err;

	if (make_query(command, wanted, n))
		f = popen(command, "re");
	err = f ? 0 : errno;
	while (f && got < n && !fault && getdelim(&text, &room, '\0', f) > 0) {
		if (settings_recorded(wanted[got]))
			settings_record(text, PATH_MAX);
		fault = fault_of(text);
		snprintf(value[got++], PATH_MAX, "%s", text);
	}
	free(text);
	status = f ? pclose(f) : -1;
	if (status == 0 && got == n && !fault)
		return settings_paths(wanted, n, value, why, size);
	if (err)
		snprintf(why, size, "cannot run a shell to read SETTINGS: %s",
			 strerror(err));
	else if (fault)
		snprintf(why, size, "%.*s= in SETTINGS or the environment %s",
			 (int)strcspn(wanted[got - 1], ":"), wanted[got - 1],
			 fault);
	else
		snprintf(why, size,
			 "the shell cannot read SETTINGS (see above)");
	return -EINVAL;
}

/* The scripts get it in one form, and need not parse any other. */
static int take_memory(struct settings *s, const char *text, char *why,
		       size_t size)
{
	unsigned long long mib;
	int ret;

	s->mem[0] = '\0';
	if (!*text)
		return 0;
	ret = settings_mib("MEM", text, &mib, why, size);
	if (ret)
		return ret;
	snprintf(s->mem, sizeof(s->mem), "%lluM", mib);
	return setenv("MEM", s->mem, 1) ? -ENOMEM : 0;
}

static int take_vcpus(struct settings *s, const char *text, char *why,
		      size_t size)
{
	unsigned int n;
	int ret;

	s->vcpus[0] = '\0';
	if (!*text)
		return 0;
	ret = settings_count("VCPUS", text, VCPUS_MAX, &n, why, size);
	if (!ret)
		snprintf(s->vcpus, sizeof(s->vcpus), "%u", n);
	return ret;
}

static int take(struct settings *s, char line[][PATH_MAX], char *why,
		size_t size)
{
	int ret = settings_seconds("BOOT_LIMIT", line[0], &s->boot_limit_s, why,
				   size);

	if (!ret)
		ret = settings_seconds("SCRIPT_LIMIT", line[1],
				       &s->script_limit_s, why, size);
	if (!ret)
		ret = settings_seconds("SETUP_LIMIT", line[2],
				       &s->setup_limit_s, why, size);
	if (!ret)
		ret = settings_seconds("RUN_LIMIT", line[3], &s->run_limit_s,
				       why, size);
	if (!ret)
		ret = take_memory(s, line[6], why, size);
	if (!ret)
		ret = take_vcpus(s, line[7], why, size);
	snprintf(s->logfiles, sizeof(s->logfiles), "%s", line[4]);
	snprintf(s->kernel, sizeof(s->kernel), "%s", line[5]);
	snprintf(s->avoid, sizeof(s->avoid), "%s", line[8]);
	snprintf(s->modules, sizeof(s->modules), "%s", line[9]);
	snprintf(s->kernel_debug, sizeof(s->kernel_debug), "%s", line[10]);
	snprintf(s->qemu, sizeof(s->qemu), "%s", line[11]);
	snprintf(s->machine, sizeof(s->machine), "%s", line[12]);
	snprintf(s->cpu, sizeof(s->cpu), "%s", line[13]);
	snprintf(s->append, sizeof(s->append), "%s", line[14]);
	snprintf(s->qemu_args, sizeof(s->qemu_args), "%s", line[15]);
	return ret;
}

int settings_read(struct settings *s, char *why, size_t size)
{
	static char line[NOF_SESSION][PATH_MAX];
	int ret = settings_ask(of_session, NOF_SESSION, line, why, size);

	return ret ? ret : take(s, line, why, size);
}

static void write_one(FILE *f, const char *name, const char *text)
{
	if (!*text)
		return;
	fprintf(f, "%s='", name);
	for (; *text; text++) {
		if (*text == '\'')
			fputs("'\\'", f);
		fputc(*text, f);
	}
	fputs("'\n", f);
}

/* The arithmetic of a shell takes 10, but neither 08, 1e2 nor 9.5.  A whole number that
 * is not below @v is at least 1, since @v is above 0. */
static void write_seconds(FILE *f, const char *name, double v)
{
	fprintf(f, "%s=%ld\n", name, (long)v + ((long)v < v));
}

void settings_write(const struct settings *s, FILE *f)
{
	write_seconds(f, "BOOT_LIMIT", s->boot_limit_s);
	write_seconds(f, "SCRIPT_LIMIT", s->script_limit_s);
	write_seconds(f, "SETUP_LIMIT", s->setup_limit_s);
	write_seconds(f, "RUN_LIMIT", s->run_limit_s);
	write_one(f, "VCPUS", s->vcpus);
	write_one(f, "MEM", s->mem);
	write_one(f, "KERNEL", s->kernel);
	write_one(f, "MODULES", s->modules);
	write_one(f, "LOGFILES", s->logfiles);
	write_one(f, "QEMU", s->qemu);
}
