// SPDX-License-Identifier: GPL-2.0-only
/* The end of process 1, and with it of its machine. */
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/reboot.h>
#include <time.h>
#include <unistd.h>

#include "init.h"

/* A console that nobody reads may keep its output for ever. */
#define DRAIN_MS 1000

/*
 * A console's driver sends what was written some time later.  The kernel's own
 * messages, such as the one that power is off, do not wait for that: they came in
 * the middle of a line.  tcdrain(3) would wait without a limit.
 */
static void init_drain_console(void)
{
	struct timespec ms = { .tv_nsec = 1000 * 1000 };
	int left = 0;

	fflush(NULL);
	for (int i = 0; i < DRAIN_MS; i++) {
		if (ioctl(STDERR_FILENO, TIOCOUTQ, &left) || !left)
			return;
		nanosleep(&ms, NULL);
	}
}

void init_power_off(void)
{
	init_drain_console();
	sync();
	/* A machine without ACPI can't power off, but most can reboot, which
	 * ends a QEMU that was told -no-reboot. */
	reboot(RB_POWER_OFF);
	reboot(RB_AUTOBOOT);
	for (;;)
		pause();
}
