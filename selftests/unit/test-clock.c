// SPDX-License-Identifier: GPL-2.0-only
/* The rate of the tick counter, with delays between readings of both clocks. */
#include "../../bench/clock.h"
#include "unit.h"

#define RATE 2400000000ull
#define READING_NS 30

/* The simulated machine: ns since its start, and how it reads them. */
static struct {
	double ns;
	double step; /* of the clock: 1, or a jiffy */
	double rate; /* of the counter, in ticks a ns */
	u64 delay_at; /* the reading that a delay follows; counted down */
	u32 one_in; /* of this many readings, one is followed by up to 3 ms */
	double jump_at, jump; /* in ns: the clock steps once */
	double slice,
		off; /* runs for a slice, then is preempted for this long */
	double ran;
	u64 rng;
} sim;

static void reading_passes(void)
{
	sim.ns += READING_NS;
	sim.ran += READING_NS;
	if (sim.ran > sim.slice) {
		sim.ns += sim.off;
		sim.ran = 0;
	}
	if (sim.delay_at && !--sim.delay_at)
		sim.ns += 3e6;
	if (sim.one_in && prng_below(&sim.rng, sim.one_in) == 0)
		sim.ns += 3e6 * uniform(&sim.rng);
}

static u64 sim_ns(void)
{
	u64 ns = floor(sim.ns / sim.step) * sim.step;

	if (sim.ns > sim.jump_at)
		ns += (s64)sim.jump;

	reading_passes();
	return ns;
}

static u64 sim_ticks(void)
{
	u64 ticks = sim.ns * sim.rate;

	reading_passes();
	return ticks;
}

static int set_up(void **state)
{
	(void)state;
	sim.ns = 5e9;
	sim.step = 1;
	sim.rate = RATE / 1e9;
	sim.jump_at = INFINITY;
	sim.slice = INFINITY;
	sim.ran = 0;
	sim.delay_at = 0;
	sim.one_in = 0;
	sim.rng = 7;
	return 0;
}

static void measured(double tolerance)
{
	struct tick_rate r = tick_rate_measure(sim_ns, sim_ticks);

	assert_close(r.per_sec, RATE, RATE * tolerance);
	assert_true(r.error <= tolerance);
	assert_close(r.per_sec, RATE, RATE * (r.error + 1e-9));
}

static void an_idle_machine(void **state)
{
	double begin;

	(void)state;
	begin = sim.ns;
	measured(20e-6);
	assert_true(sim.ns - begin < 20.1e6);
}

/* Wherever it is, also between the first readings of the two, and the last. */
static void one_delay_changes_nothing(void **state)
{
	const u64 readings = 20000000 / READING_NS;

	for (u64 at = 1; at < 12; at++) {
		set_up(state);
		sim.delay_at = at;
		measured(20e-6);
		set_up(state);
		sim.delay_at = readings - at;
		measured(20e-6);
	}
	for (u64 at = 12; at < readings; at += readings / 50) {
		set_up(state);
		sim.delay_at = at;
		measured(20e-6);
	}
}

static void a_busy_machine(void **state)
{
	for (u64 seed = 1; seed <= 50; seed++) {
		set_up(state);
		sim.rng = seed;
		sim.one_in = 20000;
		measured(20e-6);
	}
}

/* Of 20 ms a fifth or less, as beside four others on its CPU. */
static void slices(void **state)
{
	for (double slice = 1e6; slice < 6e6; slice += 0.37e6) {
		set_up(state);
		sim.slice = slice;
		sim.off = 16e6;
		measured(200e-6);
	}
}

/* The rate may be wrong then, but its error says by how much. */
static void hardly_ever_running(void **state)
{
	for (u64 seed = 1; seed <= 50; seed++) {
		struct tick_rate r;

		set_up(state);
		sim.rng = seed;
		sim.one_in = 3;
		r = tick_rate_measure(sim_ns, sim_ticks);
		assert_close(r.per_sec, RATE, r.per_sec * r.error);
	}
}

static void a_clock_of_jiffies(void **state)
{
	static const double steps[] = { 1e6, 4e6, 1e7 };

	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		set_up(state);
		sim.step = steps[i];
		measured(20e-6);
		assert_true(sim.ns < 5e9 + 30.1e6);
	}
}

/* Some measurements do not contain the step, so their range contains the rate. */
static void error_covers_a_step(void **state)
{
	static const double jumps[] = { 2e3, 20e3, -20e3, 200e3 };

	for (double at = 0.5e6; at < 20e6; at += 0.5e6)
		for (size_t i = 0; i < ARRAY_SIZE(jumps); i++) {
			struct tick_rate r;

			set_up(state);
			sim.jump_at = sim.ns + at;
			sim.jump = jumps[i];
			r = tick_rate_measure(sim_ns, sim_ticks);
			assert_close(r.per_sec, RATE, r.per_sec * r.error);
			assert_true(r.error < 0.1);
		}
}

static void no_counter(void **state)
{
	struct tick_rate r;

	(void)state;
	sim.rate = 0;
	r = tick_rate_measure(sim_ns, sim_ticks);
	assert_int_equal(r.per_sec, 0);
	assert_close(r.error, 0, 0);
}

static void this_machines_own(void **state)
{
	struct tick_rate r = clock_tick_rate();

	(void)state;
	if (ticks_begin() != ticks_end())
		assert_true(r.per_sec > 1000000);
	assert_true(r.error >= 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(an_idle_machine, set_up),
		cmocka_unit_test(one_delay_changes_nothing),
		cmocka_unit_test(a_busy_machine),
		cmocka_unit_test(slices),
		cmocka_unit_test(hardly_ever_running),
		cmocka_unit_test(a_clock_of_jiffies),
		cmocka_unit_test(error_covers_a_step),
		cmocka_unit_test_setup(no_counter, set_up),
		cmocka_unit_test(this_machines_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
