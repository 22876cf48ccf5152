// SPDX-License-Identifier: GPL-2.0-only
/*
 * virtclient as process 1.  In an initramfs it finds the root disk and executes
 * the /virtclient there; on the root disk, it makes the machine fit to measure.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "init.h"

const char init_name[] = "virtclient";

void init_die(const char *fmt, ...)
{
	va_list ap;

	fputs("virtclient: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	init_power_off();
}

bool init_wait(bool (*there)(const char *name), const char *name)
{
	u64 end = clock_ns() + DEVICE_WAIT_S * NSEC_PER_SEC;
	struct timespec pause_for = { .tv_nsec = 5 * 1000 * 1000 };

	while (!there(name)) {
		if (clock_ns() > end)
			return false;
		nanosleep(&pause_for, NULL);
	}
	return true;
}

static void mount_one(const char *type, const char *dir)
{
	mkdir(dir, 0755);
	if (mount(type, dir, type, 0, NULL) && errno != EBUSY)
		fprintf(stderr, "virtclient: cannot mount %s on %s: %s\n", type,
			dir, strerror(errno));
}

/* Before devtmpfs is mounted, stdio is the initramfs's console or closed. */
static void open_console(void)
{
	int fd = open("/dev/console", O_RDWR);

	if (fd < 0)
		return;
	dup2(fd, STDIN_FILENO);
	dup2(fd, STDOUT_FILENO);
	dup2(fd, STDERR_FILENO);
	if (fd > STDERR_FILENO)
		close(fd);
}

static void lift_limits(void)
{
	struct rlimit all = { RLIM_INFINITY, RLIM_INFINITY };

	setrlimit(RLIMIT_MEMLOCK, &all);
}

static void add_note(char *notes, size_t size, const char *note)
{
	snprintf(notes + strlen(notes), size - strlen(notes), "%s%s",
		 *notes ? "; " : "", note);
}

/* Memory that a benchmark's clock depends on, and what else is odd. */
static const char *look_around(void)
{
	static char notes[256];
	char source[32] = "";
	FILE *f = fopen("/sys/devices/system/clocksource/clocksource0/"
			"current_clocksource",
			"re");

	if (f && fgets(source, sizeof(source), f) &&
	    !strncmp(source, "jiffies", 7))
		add_note(notes, sizeof(notes),
			 "the clock is jiffies: times "
			 "are no finer than a tick");
	if (f)
		fclose(f);
	if (getenv(ENV_TEMPLATE))
		add_note(notes, sizeof(notes), "copied from a template");
	return notes;
}

void init_mounts(void)
{
	mount_one("devtmpfs", "/dev");
	open_console();
	mount_one("proc", "/proc");
	mount_one("sysfs", "/sys");
}

const char *init_machine(char **argv, const struct client_args *a)
{
	init_mounts();
	if (!access("/modules", F_OK))
		init_from_initramfs(argv, a);
	init_on_disk();
	mount_one("tmpfs", "/tmp");
	mkdir("/dev/shm", 0755);
	mount_one("tmpfs", "/dev/shm");
	lift_limits();
	init_network(a);
	return look_around();
}
