// SPDX-License-Identifier: GPL-2.0-only
#include "../../user/exchange.h"

static int fake_sample(struct exchange *x, u32 runs, u32 port,
		       struct sample *s);

#define exchange_sample fake_sample
#include "../../user/trace-pass.c"

#include "unit.h"

#define STOPPED_NS 9000000000ull

static u32 taken, stopped_from, stopped_to;
static u32 window_of[TRACED_SAMPLES];

/* Each takes 1 us a run; those of some have a stop in them. */
static int fake_sample(struct exchange *x, u32 runs, u32 port, struct sample *s)
{
	(void)port;
	*s = (struct sample){ .runs = runs, .guest_ns = 1000ull * runs };
	if (!runs)
		return 0;
	window_of[taken % TRACED_SAMPLES] = x->marks[0].window;
	s->stopped = taken >= stopped_from && taken < stopped_to;
	if (s->stopped)
		s->guest_ns += STOPPED_NS;
	taken++;
	return 0;
}

static struct topology single = { .machines = 1 };
static struct benchmark bench = { .name = "b", .server = &single };
static const struct bench_entry entry = { .group = "g", .bench = &bench };

static struct exits traced_while_stopped(u32 from, u32 to)
{
	struct exchange x = { .e = &entry };
	const struct windows none = { .n = TRACED_SAMPLES };
	struct exits e = { 0 };

	taken = 0;
	stopped_from = from;
	stopped_to = to;
	assert_int_equal(samples(&x, &none, 10, 0, &e), 0);
	assert_int_equal(e.ntraced, TRACED_SAMPLES);
	return e;
}

static void a_stopped_sample_has_no_time(void **state)
{
	struct exits e = traced_while_stopped(2, 4);

	(void)state;
	assert_int_equal(e.ntimes, TRACED_SAMPLES - 2);
	for (u32 i = 0; i < e.ntimes; i++)
		assert_int_equal(e.traced[i], 10000);
}

static void few_runs_become_four_if_exits_are_declared(void **state)
{
	struct benchmark b = { .name = "b", .expects = "none" };

	(void)state;
	assert_int_equal(traced_runs(&b, 1, 1e6), 4);
	assert_int_equal(traced_runs(&b, 1, 0), 4);
	assert_int_equal(traced_runs(&b, 6, 1e6), 6);
	b.max_runs = 3;
	assert_int_equal(traced_runs(&b, 1, 1e6), 3);
	b.max_runs = 100;
	assert_int_equal(traced_runs(&b, 1, 1e6), 4);
	/* Windows of more than 50 ms would have other work in them. */
	assert_int_equal(traced_runs(&b, 1, 13e6), 1);
	b.expects = NULL;
	assert_int_equal(traced_runs(&b, 1, 1e6), 1);
}

static void it_goes_on_until_enough_can_be_compared(void **state)
{
	struct benchmark b = { .name = "b", .expects = "none" };
	const struct bench_entry of_b = { .group = "g", .bench = &b };
	const struct exchange x = { .e = &of_b };
	const struct windows all = { .n = TRACED_SAMPLES };
	struct exits e = { .ntraced = 2 };

	(void)state;
	assert_true(goes_on(&x, &all, 4, &e, PATIENCE_NS - 1));
	assert_true(goes_on(&x, &all, 4, &e, PATIENCE_NS));
	assert_false(goes_on(&x, &all, 4, &e, DECLARED_PATIENCE_NS));
	/* Six would not be enough. */
	assert_false(goes_on(&x, &all, 1, &e, PATIENCE_NS));
	e.ntraced = 3;
	assert_false(goes_on(&x, &all, 4, &e, PATIENCE_NS));
	b.expects = NULL;
	e.ntraced = 2;
	assert_false(goes_on(&x, &all, 4, &e, PATIENCE_NS));
}

static void without_a_time_nothing_is_compared(void **state)
{
	struct exits e = traced_while_stopped(0, TRACED_SAMPLES);
	struct result res = { .exits = &e, .clock = CLOCK_GUEST };

	(void)state;
	res.summary.min = 1000;
	trace_pass_compare(&res);
	assert_int_equal(e.ntimes, 0);
	assert_close(e.untraced_ns, 0, 0);
	assert_close(e.traced_ns, 0, 0);
}

static void each_sample_has_its_window(void **state)
{
	struct exchange x = { .e = &entry };
	struct windows ws = { .n = TRACED_SAMPLES };
	struct exits e = { 0 };

	(void)state;
	taken = stopped_from = stopped_to = 0;
	for (u32 i = 0; i < TRACED_SAMPLES; i++)
		ws.with[i].m[0].window = 10 + i;
	assert_int_equal(samples(&x, &ws, 10, 0, &e), 0);
	for (u32 i = 0; i < TRACED_SAMPLES; i++)
		assert_int_equal(window_of[i], 10 + i);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_sample_has_its_window),
		cmocka_unit_test(few_runs_become_four_if_exits_are_declared),
		cmocka_unit_test(it_goes_on_until_enough_can_be_compared),
		cmocka_unit_test(a_stopped_sample_has_no_time),
		cmocka_unit_test(without_a_time_nothing_is_compared),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
