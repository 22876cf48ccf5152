// SPDX-License-Identifier: GPL-2.0-only
/* HELLO's description of the machine, which becomes the result's environment. */
#include <stdio.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <unistd.h>
#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>
#endif

#include "client.h"
#include "clock.h"

#define FLOOR_READINGS 1000

static void first_line(const char *path, char *buf, size_t size)
{
	FILE *f = fopen(path, "re");

	buf[0] = '\0';
	if (!f)
		return;
	if (!fgets(buf, size, f))
		buf[0] = '\0';
	buf[strcspn(buf, "\n")] = '\0';
	fclose(f);
}

static void cpu_model(char *buf, size_t size)
{
	FILE *f = fopen("/proc/cpuinfo", "re");
	char line[512], *value;

	buf[0] = '\0';
	while (f && fgets(line, sizeof(line), f)) {
		value = strstr(line, ": ");
		if (strncmp(line, "model name", 10) || !value)
			continue;
		value[2 + strcspn(value + 2, "\n")] = '\0';
		snprintf(buf, size, "%s", value + 2);
		break;
	}
	if (f)
		fclose(f);
}

/* CPUID leaf 1 ECX bit 31 is reserved for hypervisors to set; the signature is
 * at 0x40000000 (Documentation/virt/kvm/x86/cpuid.rst). */
static void hypervisor(char *buf)
{
	buf[0] = '\0';
#if defined(__x86_64__) || defined(__i386__)
	u32 a, b, c, d;

	if (!__get_cpuid(1, &a, &b, &c, &d) || !(c >> 31))
		return;
	__cpuid(0x40000000, a, b, c, d);
	memcpy(buf, &b, 4);
	memcpy(buf + 4, &c, 4);
	memcpy(buf + 8, &d, 4);
	buf[12] = '\0';
#endif
}

static void clock_floors(struct msg_hello *h)
{
	u64 t, least_ns = UINT64_MAX, least_ticks = UINT64_MAX;

	for (int i = 0; i < FLOOR_READINGS; i++) {
		t = clock_ns();
		t = clock_ns() - t;
		if (t < least_ns)
			least_ns = t;
		t = ticks_begin();
		t = ticks_end() - t;
		if (t < least_ticks)
			least_ticks = t;
	}
	h->clock_floor_ns = least_ns;
	h->ticks_floor = least_ticks;
}

void facts_collect(struct msg_hello *h)
{
	struct tick_rate rate;
	struct sysinfo si;
	struct utsname u;

	h->cpus = sysconf(_SC_NPROCESSORS_ONLN);
	if (!sysinfo(&si))
		h->memory = (u64)si.totalram * si.mem_unit;
	if (!uname(&u)) {
		snprintf(h->arch, sizeof(h->arch), "%.31s", u.machine);
		snprintf(h->kernel, sizeof(h->kernel), "%s", u.release);
	}
	cpu_model(h->cpu, sizeof(h->cpu));
	first_line("/sys/devices/system/clocksource/clocksource0/"
		   "current_clocksource",
		   h->clocksource, sizeof(h->clocksource));
	hypervisor(h->hypervisor);
	clock_floors(h);
	rate = clock_tick_rate();
	h->ticks_per_sec = rate.per_sec;
	h->ticks_error_ppb = rate.error < 1 ? rate.error * 1e9 : 1e9;
}
