// SPDX-License-Identifier: GPL-2.0-only
/* Ctrl-Z and SIGTSTP stop the emulated host and its clocks. */
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "../bench/clock.h"
#include "active.h"
#include "emulated-host.h"
#include "suspend.h"

/* QEMU stops its CPUs within milliseconds once it is up; before, it takes no command. */
#define STOP_WITHIN_MS 3000

static void monitor_say(int fd, const char *text)
{
	/* If the monitor does not answer, SIGSTOP alone stops the emulated host. */
	if (write(fd, text, strlen(text)) < 0)
		return;
}

/* Discards QEMU's answers to earlier commands. */
static void monitor_drain(int fd)
{
	char buf[512];

	while (read(fd, buf, sizeof(buf)) > 0)
		;
}

/* QMP sends an event when the CPUs have stopped. */
static void monitor_await_stop(int fd)
{
	u64 end = clock_ns() + STOP_WITHIN_MS * 1000000ull;
	struct pollfd p = { .fd = fd, .events = POLLIN };
	char text[4096];
	size_t have = 0;
	ssize_t n;

	while (have < sizeof(text) - 1 && clock_ns() < end) {
		if (poll(&p, 1, STOP_WITHIN_MS / 10) <= 0)
			continue;
		n = read(fd, text + have, sizeof(text) - 1 - have);
		if (n <= 0)
			return;
		have += n;
		text[have] = '\0';
		if (strstr(text, "\"STOP\""))
			return;
	}
}

/*
 * QEMU's own "stop" comes first, because it stops the clocks of the emulated host, so
 * that no limit or sample there includes the time.  After SIGSTOP alone the clocks would
 * jump.
 */
void emulated_stop(struct emulated_host *h, bool by_terminal)
{
	if (!active_stop())
		return;
	monitor_drain(h->monitor);
	monitor_say(h->monitor, "{\"execute\": \"qmp_capabilities\"}\n"
				"{\"execute\": \"stop\"}\n");
	monitor_await_stop(h->monitor);
	kill(-h->pid, SIGSTOP);
	suspend_self(by_terminal);
	kill(-h->pid, SIGCONT);
	monitor_say(h->monitor, "{\"execute\": \"cont\"}\n");
	active_go_on();
}
