// SPDX-License-Identifier: GPL-2.0-only
/* What the last look at a benchmark's samples makes of them. */
#include "../../user/runner.c"
#include "unit.h"

#define N 60

static struct topology single = { .machines = 1 };
static struct benchmark bench = { .name = "b",
				  .unit = "B/s",
				  .server = &single };
static const struct bench_entry entry = { .group = "g", .bench = &bench };
static struct clock_pair pairs[N];
static struct machine machine;
static struct runner runner;
static struct results all;
static struct result *res;
static struct run run;

static int set_up(void **state)
{
	(void)state;
	results_init(&all);
	res = results_add(&all, "g/b");
	result_describe(res, "Title", "B/s");
	runner.plan.precision = 0.01;
	run = (struct run){ .r = &runner,
			    .res = res,
			    .x = { .e = &entry, .n = 1, .m = { &machine } },
			    .over = true,
			    .pairs = { pairs },
			    .npairs = N };
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	results_free(&all);
	return 0;
}

/* Samples of 1 ms by the host's clock, of which the guest's sees @rate. */
static void sampled(double rate)
{
	for (int i = 0; i < N; i++) {
		struct sample *s = result_add_sample(res);

		s->pass = 1;
		s->runs = 1000;
		s->host_ns = 1000000;
		s->guest_ns = s->host_ns * rate;
		pairs[i].host_ns = 7000000000 + i * 1000000ull;
		pairs[i].guest_ns = 5000000000 + i * 1000000 * rate;
	}
}

/* What an earlier pass took for a lie, with fewer pairs, is forgotten. */
static void the_last_look_at_the_clocks_counts(void **state)
{
	(void)state;
	sampled(1);
	res->clock = CLOCK_HOST;
	res->clock_lies = true;
	runner_conclude(&run);
	assert_int_equal(res->clock, CLOCK_GUEST);
	assert_null(strstr(res->note, "host time used"));
	assert_true(result_sound(res));
}

static void a_lying_clock_is_reported(void **state)
{
	(void)state;
	sampled(0.5);
	runner_conclude(&run);
	assert_int_equal(res->clock, CLOCK_HOST);
	assert_contains(res->note, "host time used");
	assert_false(result_sound(res));
}

/* The time of a start is the server's, whatever is looked at. */
static void a_start_is_by_the_hosts_clock(void **state)
{
	(void)state;
	single.boot = true;
	sampled(1);
	run.x.n = 0;
	res->clock = CLOCK_HOST;
	runner_conclude(&run);
	single.boot = false;
	assert_int_equal(res->clock, CLOCK_HOST);
}

/* A machine is lost after some samples, too few to keep: nothing of them stays. */
static void a_lost_machine_leaves_nothing(void **state)
{
	struct machine m = { .state = MACHINE_UP };
	struct session s = { .nmachines = 1, .machines = &m };

	(void)state;
	sampled(0.5);
	res->loop_ns = 3;
	res->zero_guest_ns = 5;
	result_note(res, "of the lost machine");
	runner.s = &s;
	runner.loops[0] = (struct loop){ .e = &entry, .ns = 99 };
	runner.nloops = 1;
	run.nth = 2;
	assert_int_equal(figures(&run), 0);
	assert_true(start_over(&run));
	runner.s = NULL;
	runner.nloops = 0;
	assert_int_equal(run.nth, 0);
	assert_int_equal(res->nsamples, 0);
	assert_string_equal(res->note, "");
	assert_close(res->loop_ns, 0, 0);
	assert_close(res->summary.floor, 0, 0);
	assert_close(runner.loops[0].ns, 0, 0);
	assert_int_equal(res->zero_guest_ns, 0);
	assert_int_equal(res->clock, CLOCK_GUEST);
	assert_false(res->clock_lies);
	assert_false(res->precise);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			the_last_look_at_the_clocks_counts, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_lying_clock_is_reported,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_lost_machine_leaves_nothing,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_start_is_by_the_hosts_clock,
						set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
