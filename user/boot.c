// SPDX-License-Identifier: GPL-2.0-only
#include "../bench/boot.h"
#include "boot.h"

/* 0, with the reason in @why, if the benchmark means nothing for the machine. */
static u64 boot_time(const struct machine *m, const struct bench_entry *e,
		     const char **why)
{
	const struct boot_marks marks = {
		.origin = m->hello.origin,
		.start_ns = m->start_ns,
		.connected_ns = m->connected_ns,
		.init_ns = m->hello.init_ns,
		.guest_ns = m->hello.connected_ns,
	};

	return e->bench->boot(&marks, why);
}

const char *boot_reason(const struct machine *m, const struct bench_entry *e)
{
	const char *why = NULL;

	boot_time(m, e, &why);
	return why;
}

void boot_sample(const struct session *s, const struct bench_entry *e,
		 struct result *res)
{
	const char *why = "no machine is up";
	struct sample *sample;
	u64 ns;

	/* The server's clock, as the guest's began with the guest. */
	res->clock = CLOCK_HOST;
	for (u32 i = 0; i < s->nmachines; i++) {
		if (s->machines[i].state != MACHINE_UP)
			continue;
		ns = boot_time(&s->machines[i], e, &why);
		if (!ns)
			continue;
		sample = result_add_sample(res);
		if (!sample) {
			result_fail(res, "out of memory");
			return;
		}
		sample->pass = 1;
		sample->runs = 1;
		sample->guest_ns = sample->host_ns = ns;
		sample->stopped = s->machines[i].stopped;
	}
	if (!res->nsamples) {
		result_skip(res, "%s", why);
		return;
	}
	if (res->nsamples > 1)
		result_note(res, "%zu machines, started at once",
			    res->nsamples);
	result_summarise(res);
}
