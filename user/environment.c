// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "../guest/client.h"
#include "environment.h"
#include "placement.h"

#define TCG_SIGNATURE "TCGTCGTCGTCG"

static int machine_facts(struct results *r, const char *side,
			 const struct msg_hello *h)
{
	char key[64];
	int ret = 0;

#define FACT(name, ...)                                   \
	(snprintf(key, sizeof(key), "%s.%s", side, name), \
	 ret |= results_env(r, key, __VA_ARGS__))
	FACT("arch", "%s", h->arch);
	FACT("kernel", "%s", h->kernel);
	FACT("cpu", "%s", h->cpu);
	FACT("cpus", "%u", h->cpus);
	FACT("memory_mib", "%llu", (unsigned long long)(h->memory >> 20));
	/* Without /sys, the client cannot read it. */
	FACT("clocksource", "%s",
	     h->clocksource[0] ? h->clocksource : "unknown");
	FACT("hypervisor", "%s", h->hypervisor[0] ? h->hypervisor : "none");
	FACT("ticks_per_sec", "%llu", (unsigned long long)h->ticks_per_sec);
	if (h->ticks_per_sec)
		FACT("ticks_error_ppm", "%.3f", h->ticks_error_ppb / 1e3);
	FACT("clock_floor_ns", "%llu", (unsigned long long)h->clock_floor_ns);
	FACT("ticks_floor", "%llu", (unsigned long long)h->ticks_floor);
#undef FACT
	return ret;
}

static int first_line(struct results *r, const char *key, const char *path)
{
	char line[128] = "";
	FILE *f = fopen(path, "re");

	if (!f)
		return 0;
	if (fgets(line, sizeof(line), f))
		line[strcspn(line, "\n")] = '\0';
	fclose(f);
	return line[0] ? results_env(r, key, "%s", line) : 0;
}

static int settings_facts(struct results *r, const struct session *s)
{
	const struct {
		const char *key, *value;
	} facts[] = {
		{ "settings.kernel", s->set.kernel },
		{ "settings.qemu", s->set.qemu },
		{ "settings.machine", s->set.machine },
		{ "settings.cpu", s->set.cpu },
		{ "settings.mem", s->set.mem },
		{ "settings.vcpus", s->set.vcpus },
		{ "settings.append", s->set.append },
		{ "settings.qemu_args", s->set.qemu_args },
	};
	int ret = 0;

	if (!s->backend.needs_disk)
		return 0;
	for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++)
		if (*facts[i].value)
			ret |= results_env(r, facts[i].key, "%s",
					   facts[i].value);
	return ret;
}

/* The CPUs of the host that each machine had. */
static int placement_facts(struct results *r, const struct session *s)
{
	char key[32], text[400];
	int ret = 0;

	for (u32 i = 0; i < s->nmachines; i++) {
		if (s->machines[i].state != MACHINE_UP ||
		    !*placement_text(s, &s->machines[i], text, sizeof(text)))
			continue;
		snprintf(key, sizeof(key), "machine.%u" RESULT_PINNED, i);
		ret |= results_env(r, key, "%s", text);
	}
	if (!procfs_is_ours())
		ret |= results_env(r, "host.delays", "unknown");
	return ret;
}

int environment_fill(struct results *r, const struct session *s)
{
	struct msg_hello host = { 0 };
	time_t now = time(NULL);
	char date[32];
	int ret;

	strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%SZ", gmtime(&now));
	ret = results_env(r, "vbench.version", "%s", VBENCH_VERSION);
	ret |= results_env(r, "date", "%s", date);
	facts_collect(&host);
	ret |= machine_facts(r, "host", &host);
	if (!strcmp(host.hypervisor, TCG_SIGNATURE))
		ret |= results_env(r, "emulated_host", "yes");
	ret |= first_line(r, "host.governor",
			  "/sys/devices/system/cpu/cpu0/cpufreq/"
			  "scaling_governor");
	ret |= first_line(r, "host.smt", "/sys/devices/system/cpu/smt/control");
	if (s->others)
		ret |= results_env(r, "host.other_runs", "%u", s->others);
	ret |= settings_facts(r, s);
	ret |= placement_facts(r, s);
	for (u32 i = 0; i < s->nmachines; i++) {
		if (s->machines[i].state != MACHINE_UP)
			continue;
		ret |= machine_facts(r, "guest", &s->machines[i].hello);
		if (!strcmp(s->machines[i].hello.hypervisor, TCG_SIGNATURE))
			ret |= results_env(r, "emulated", "yes");
		if (s->machines[i].hello.notes[0])
			ret |= results_env(r, "guest.notes", "%s",
					   s->machines[i].hello.notes);
		break;
	}
	return ret;
}
