// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "../../guest/init.h"
#include "guest.h"

/* How many lines of the log are shown from the first complaint on. */
#define COMPLAINT_LINES 60

static int checks, failures;

void guest_begin(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	init_mounts();
	init_modules("/modules");
	if (access(VBENCH_DEVICE, F_OK))
		init_die("there is no %s", VBENCH_DEVICE);
}

void guest_check(bool ok, const char *what, int line)
{
	checks++;
	failures += !ok;
	if (!ok)
		printf("FAILED line %d: %s (errno %s)\n", line, what,
		       strerror(errno));
}

bool guest_put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool ok = fd >= 0 && write(fd, text, strlen(text)) > 0;

	if (fd >= 0)
		close(fd);
	return ok;
}

static bool is_complaint(const char *line)
{
	static const char *const signs[] = {
		"WARNING:",
		"BUG:",
		"Oops",
		"Call Trace",
		"INFO: task",
		"general protection",
		"stack-protector",
		"self-detected stall",
		"detected stalls",
		/* lockdep, KASAN, UBSAN, kmemleak, and sleeping in atomic */
		"possible circular locking",
		"possible recursive locking",
		"inconsistent lock state",
		"suspicious RCU",
		"KASAN:",
		"UBSAN:",
		"new suspected memory leaks",
		"sleeping function",
	};

	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++)
		if (strstr(line, signs[i]))
			return true;
	return false;
}

/* What was overwritten would be missed: the first record is number 0. */
static bool is_whole(const char *first)
{
	const char *number = strchr(first, ',');

	if (number && !strtoull(number + 1, NULL, 10))
		return true;
	printf("kernel: the beginning of its log is lost (log_buf_len=)\n");
	return false;
}

static bool log_complains(void)
{
	int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK);
	bool complained = false, first = true;
	char line[8192];
	ssize_t n, shown = 0;

	while ((n = read(fd, line, sizeof(line) - 1)) > 0) {
		line[n] = '\0';
		complained |= is_complaint(line) || (first && !is_whole(line));
		first = false;
		if (complained && shown++ < COMPLAINT_LINES)
			printf("kernel: %s", line);
	}
	close(fd);
	return complained || first;
}

/* Documentation/admin-guide/tainted-kernels.rst */
#define TAINTED_BAD_PAGE (1 << 5) /* KASAN as well */
#define TAINTED_DIED (1 << 7)
#define TAINTED_WARNED (1 << 9)
#define TAINTED_LOCKED_UP (1 << 14)

static bool is_tainted(void)
{
	FILE *f = fopen("/proc/sys/kernel/tainted", "re");
	unsigned int marks = ~0u;

	if (!f || fscanf(f, "%u", &marks) != 1)
		printf("kernel: tells not whether it is tainted\n");
	if (f)
		fclose(f);
	marks &= TAINTED_BAD_PAGE | TAINTED_DIED | TAINTED_WARNED |
		 TAINTED_LOCKED_UP;
	if (marks)
		printf("kernel: tainted: %#x\n", marks);
	return marks;
}

#define KMEMLEAK "/sys/kernel/debug/kmemleak"
/* Younger objects are not reported (mm/kmemleak.c, MSECS_MIN_AGE). */
#define LEAK_AGE_S 6

bool guest_has_kmemleak(void)
{
	mount("debugfs", "/sys/kernel/debug", "debugfs", 0, NULL);
	return !access(KMEMLEAK, F_OK);
}

static bool scan_for_leaks(void)
{
	int fd = open(KMEMLEAK, O_WRONLY);
	bool ok = write(fd, "scan", 4) == 4;

	close(fd);
	return ok;
}

/* What kmemleak finds, or that it has given up. */
static bool leaks(void)
{
	char line[256];
	int lines = 0;
	FILE *f;

	sleep(LEAK_AGE_S);
	if (!scan_for_leaks() || !scan_for_leaks()) {
		printf("kernel: kmemleak has given up\n");
		return true;
	}
	f = fopen(KMEMLEAK, "re");
	while (f && fgets(line, sizeof(line), f))
		if (lines++ < COMPLAINT_LINES)
			printf("kernel: %s", line);
	if (f)
		fclose(f);
	printf("kmemleak has looked: %s\n", lines ? "leaks" : "no leak");
	return lines || !f;
}

bool guest_kernel_complained(void)
{
	bool leaked = guest_has_kmemleak() && leaks(), tainted = is_tainted();

	return log_complains() || leaked || tainted;
}

void guest_end(void)
{
	printf("%d checks, %d failed\n%s\n", checks, failures,
	       failures ? "VERDICT: bad" : "VERDICT: good");
	init_power_off();
}
