// SPDX-License-Identifier: GPL-2.0-only
/*
 * map-loop SECONDS: on the first CPU, turns a PCI device's memory off and on, which
 * changes the memory map; on the second CPU, takes timer interrupts, which the kernel
 * acknowledges in the local APIC.  Prints how often each was done.
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

int main(int argc, char **argv)
{
	time_t end = time(NULL) + (argc > 1 ? atoi(argv[1]) : 10);
	volatile unsigned long *sleeps =
		mmap(NULL, sizeof(*sleeps), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	unsigned long changes = 0;
	uint16_t on, off;
	pid_t child;
	int fd;

	fd = open_config();
	if (fd < 0 || pread(fd, &on, 2, COMMAND) != 2)
		err(1, "the device's configuration");
	off = on & ~COMMAND_MEMORY;
	child = fork();
	if (!child)
		sleep_for_ever(sleeps);
	bind_to(0);
	for (; time(NULL) < end; changes += 2)
		if (pwrite(fd, &off, 2, COMMAND) != 2 ||
		    pwrite(fd, &on, 2, COMMAND) != 2)
			err(1, "the device's configuration");
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	printf("%lu changes of the map, %lu sleeps\n", changes, *sleeps);
	return 0;
}
