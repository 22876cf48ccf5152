// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../../guest/init.h"
#include "guest.h"

/* From the first complaint on, so many lines of the log are shown. */
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

bool guest_kernel_complained(void)
{
	int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK);
	bool complained = false;
	char line[8192];
	ssize_t n, shown = 0;

	/* EPIPE: older records were overwritten; those that are left follow. */
	while ((n = read(fd, line, sizeof(line) - 1)) > 0 || errno == EPIPE) {
		if (n <= 0)
			continue;
		line[n] = '\0';
		complained |= is_complaint(line);
		if (complained && shown++ < COMPLAINT_LINES)
			printf("kernel: %s", line);
	}
	close(fd);
	return complained;
}

void guest_end(void)
{
	printf("%d checks, %d failed\n%s\n", checks, failures,
	       failures ? "VERDICT: bad" : "VERDICT: good");
	init_power_off();
}
