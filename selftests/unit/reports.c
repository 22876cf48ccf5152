// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>

#include "reports.h"

struct results all;

void add_samples(struct result *res, int n)
{
	for (int i = 0; i < n; i++) {
		struct sample *s = result_add_sample(res);

		s->pass = i < n / 2 ? 1 : 2;
		s->runs = i % 2 ? 2000 : 1000;
		s->guest_ns = s->runs * 42ull + i;
		s->host_ns = s->guest_ns + 50000;
		s->ticks = 3 * s->guest_ns;
	}
}

static void add_ok(void)
{
	struct result *res = results_add(&all, "micro/fork");

	result_describe(res, "Time for one \"fork\"", "ns");
	add_samples(res, 20);
	res->samples[4].counters.preempted = 1;
	res->samples[4].has_host_delay = true;
	res->samples[4].host_delay_ns = 1000000;
	res->machines[0] = 2;
	res->nmachines = 1;
	res->precise = true;
	assert_int_equal(result_summarise(res), 0);
}

static void add_pair(void)
{
	struct result *res = results_add(&all, "inter/bandwidth");

	res->bytes = 4096;
	res->clock = CLOCK_HOST;
	add_samples(res, 8);
	for (size_t i = 0; i < res->nsamples; i++) {
		res->samples[i].has_value = true;
		res->samples[i].value = 4096;
	}
	res->machines[0] = HOST_CLIENT_ID;
	res->machines[1] = 0;
	res->nmachines = 2;
	result_note(res, "clock of 0, \"odd\"");
	assert_int_equal(result_summarise(res), 0);
}

int setup(void **state)
{
	(void)state;
	results_init(&all);
	strcpy(all.backend, "lo\"cal");
	all.seed = 0x7fffffffffffffff;
	all.machines = 4;
	all.precision = 0.01;
	all.budget_s = 2.5;
	all.passes = 2;
	all.planned = 4;
	results_env(&all, "guest.kernel", "6.1");
	results_env(&all, "guest.cpu", "Caf\xc3\xa9 \"CPU\"");
	add_ok();
	result_skip(results_add(&all, "micro/vmcall"), "no, \"%s\"", "AMD");
	add_pair();
	result_fail(results_add(&all, "micro/a,b"), "died");
	return 0;
}

int teardown(void **state)
{
	(void)state;
	results_free(&all);
	return 0;
}

static const struct report *find_report(const char *name)
{
	const struct report *r = __start_vbench_reports;

	for (; r < __stop_vbench_reports; r++)
		if (!strcmp(r->name, name))
			return r;
	fail_msg("no report is called %s", name);
	return NULL;
}

char *document(const char *name, size_t n)
{
	const struct report *rep = find_report(name);
	char *text;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	assert_non_null(f);
	assert_int_equal(rep->begin(f, &all), 0);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(rep->result(f, &all, all.items[i], i == 0), 0);
	assert_int_equal(rep->end(f, &all), 0);
	assert_int_equal(fclose(f), 0);
	return text;
}
