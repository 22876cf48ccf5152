// SPDX-License-Identifier: GPL-2.0-only
#include <fcntl.h>
#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "clock.h"
#include "counters.h"

#define STAT_SIZE 65536
#define STAT_SIZE_MAX (64u << 20)

static int stat_fd = -1, schedstat_fd = -1;

/*
 * The head of /proc/stat is the sum line; "intr TOTAL" follows the CPUs, a line of
 * up to 200 bytes each, so the buffer grows until it holds that.
 */
static char *stat_text;
static size_t stat_size;

void counters_open(void)
{
	stat_fd = open("/proc/stat", O_RDONLY | O_CLOEXEC);
	schedstat_fd =
		open("/proc/thread-self/schedstat", O_RDONLY | O_CLOEXEC);
}

static bool reread(int fd, char *buf, size_t size)
{
	ssize_t n = fd < 0 ? -1 : pread(fd, buf, size - 1, 0);

	buf[n > 0 ? n : 0] = '\0';
	return n > 0;
}

static const char *find_interrupts(void)
{
	const char *intr = strstr(stat_text, "\nintr ");

	/* Its number is whole only where something follows it. */
	return intr && strchr(intr + strlen("\nintr "), ' ') ? intr : NULL;
}

static bool grow_stat(void)
{
	size_t size = stat_size ? 2 * stat_size : STAT_SIZE;
	char *text = size <= STAT_SIZE_MAX ? realloc(stat_text, size) : NULL;

	if (!text)
		return false;
	stat_text = text;
	stat_size = size;
	return true;
}

static const char *reread_stat(void)
{
	const char *intr = NULL;

	while (stat_size || grow_stat()) {
		if (!reread(stat_fd, stat_text, stat_size))
			break;
		intr = find_interrupts();
		if (intr || strlen(stat_text) + 1 < stat_size || !grow_stat())
			break;
	}
	return intr;
}

/* Documentation/filesystems/proc.rst: steal is the eighth field of "cpu". */
static void read_stat(struct counters *c)
{
	const char *intr = reread_stat();
	u64 steal = 0;

	if (!stat_text)
		return;
	if (sscanf(stat_text, "cpu %*u %*u %*u %*u %*u %*u %*u %" SCNu64,
		   &steal) == 1)
		c->steal_ns = steal * (NSEC_PER_SEC / sysconf(_SC_CLK_TCK));
	if (intr)
		c->interrupts = strtoull(intr + strlen("\nintr "), NULL, 10);
}

/* Documentation/scheduler/sched-stats.rst: time run, run delay, slices. */
static void read_schedstat(struct counters *c)
{
	char text[128];

	if (reread(schedstat_fd, text, sizeof(text)))
		sscanf(text, "%*u %" SCNu64, &c->run_delay_ns);
}

void counters_read_machine(struct counters *c)
{
	c->steal_ns = c->interrupts = 0;
	read_stat(c);
}

void counters_read_self(struct counters *c)
{
	struct rusage ru;

	c->preempted = 0;
	c->run_delay_ns = 0;
	if (!getrusage(RUSAGE_SELF, &ru))
		c->preempted = ru.ru_nivcsw;
	c->cpu = sched_getcpu();
	read_schedstat(c);
}

void counters_diff(const struct counters *before, const struct counters *after,
		   struct msg_counters *diff)
{
	*diff = (struct msg_counters){
		/* A forked process may have begun what another one ends. */
		.preempted = after->preempted > before->preempted ?
				     after->preempted - before->preempted :
				     0,
		.migrated = after->cpu != before->cpu,
		.run_delay_ns = after->run_delay_ns - before->run_delay_ns,
		.steal_ns = after->steal_ns - before->steal_ns,
		.interrupts = after->interrupts - before->interrupts,
	};
}
