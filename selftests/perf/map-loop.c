// SPDX-License-Identifier: GPL-2.0-only
/*
 * map-loop SECONDS: on the first CPU, turns a PCI device's memory off and on, which
 * changes the memory map; on the second CPU, takes timer interrupts, which the kernel
 * acknowledges in the local APIC.  Prints how often each was done: each write of the
 * first changes the map once for each of the device's BARs.
 * Documentation/qemu-svm.rst says what that does to an unmended QEMU.
 */
#define _GNU_SOURCE
#include <err.h>
#include <fcntl.h>
#include <glob.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define COMMAND 4 /* PCI Local Bus Specification 3.0, 6.2.2 */
#define COMMAND_MEMORY 2
/* Virtio's random numbers: nothing else in the host waits for the device. */
#define RNG "0x1005\n"
#define RNG_MODERN "0x1044\n"

static void bind_to(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		err(1, "CPU %d", cpu);
}

static int is_rng(const char *dir)
{
	char path[256], id[16] = "";
	FILE *f;

	snprintf(path, sizeof(path), "%s/device", dir);
	f = fopen(path, "r");
	if (f && !fgets(id, sizeof(id), f))
		id[0] = '\0';
	if (f)
		fclose(f);
	return !strcmp(id, RNG) || !strcmp(id, RNG_MODERN);
}

static int open_config(void)
{
	char path[256];
	glob_t g;

	if (glob("/sys/bus/pci/devices/*", 0, NULL, &g))
		errx(1, "no PCI device");
	for (size_t i = 0; i < g.gl_pathc; i++) {
		if (!is_rng(g.gl_pathv[i]))
			continue;
		snprintf(path, sizeof(path), "%s/config", g.gl_pathv[i]);
		return open(path, O_RDWR);
	}
	errx(1, "no virtio-rng device");
}

static void sleep_for_ever(volatile unsigned long *n)
{
	const struct timespec soon = { .tv_nsec = 1 };

	bind_to(1);
	for (;; ++*n)
		nanosleep(&soon, NULL);
}

static void change_map(int fd, time_t end, const volatile unsigned long *sleeps)
{
	unsigned long writes = 0;
	uint16_t on, off;

	if (pread(fd, &on, 2, COMMAND) != 2)
		err(1, "the device's configuration");
	off = on & ~COMMAND_MEMORY;
	for (; time(NULL) < end; writes += 2)
		if (pwrite(fd, &off, 2, COMMAND) != 2 ||
		    pwrite(fd, &on, 2, COMMAND) != 2)
			err(1, "the device's configuration");
	printf("%lu writes, %lu sleeps\n", writes, *sleeps);
}

int main(int argc, char **argv)
{
	time_t end = time(NULL) + (argc > 1 ? atoi(argv[1]) : 10);
	volatile unsigned long *sleeps =
		mmap(NULL, sizeof(*sleeps), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int fd = open_config();
	pid_t child;

	if (fd < 0 || sleeps == MAP_FAILED)
		err(1, "cannot begin");
	child = fork();
	if (child < 0)
		err(1, "fork");
	if (!child) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		sleep_for_ever(sleeps);
	}
	bind_to(0);
	change_map(fd, end, sleeps);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	return 0;
}
