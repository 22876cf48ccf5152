// SPDX-License-Identifier: GPL-2.0-only
/*
 * Clocks simulated over a channel whose delay is never negative and has a
 * heavy tail: Pareto's, of infinite variance, with a stall of a scheduler's
 * time slice now and then.
 */
#include "../../user/clockcheck.h"
#include "unit.h"

#define PAIRS_MAX 400
#define SAMPLE_NS 1000000.0

struct channel_delay {
	double least_ns;
	double shape; /* of the tail: the smaller the heavier */
	double stalls; /* part of the readings */
};

static const struct channel_delay loopback = { 20e3, 3, 0 };
static const struct channel_delay noisy = { 50e3, 1.5, 0.01 };
static const struct channel_delay awful = { 300e3, 1.2, 0.05 };

static double delay(const struct channel_delay *c, u64 *rng)
{
	double d = c->least_ns * pow(uniform(rng), -1 / c->shape);

	if (uniform(rng) < c->stalls)
		d += 4e6 * uniform(rng);
	return d < 1e9 ? d : 1e9;
}

static struct clockcheck simulate(size_t n, double rate,
				  const struct channel_delay *c, u64 *rng)
{
	struct clock_pair p[PAIRS_MAX];
	double t = 0;

	for (size_t i = 0; i < n; i++) {
		double d = delay(c, rng);

		t += SAMPLE_NS * (1 + uniform(rng));
		p[i].guest_ns = 5000000000 + t * rate;
		p[i].host_ns = 77000000000 + t + d;
		/* The next sample begins when this one is known. */
		t += d;
	}
	return clockcheck(p, n);
}

static int alarms(size_t n, double rate, const struct channel_delay *c,
		  int sessions, u64 seed)
{
	int count = 0;

	for (int i = 0; i < sessions; i++)
		count += simulate(n, rate, c, &seed).lies;
	return count;
}

static const size_t sizes[] = { 6, 8, 11, 12, 20, 100, 400 };

/* Below one in a thousand, whatever the channel and the number. */
static void honest_clock_is_believed(void **state)
{
	static const struct channel_delay *const channels[] = { &loopback,
								&noisy,
								&awful };
	int n;

	(void)state;
	for (size_t c = 0; c < ARRAY_SIZE(channels); c++) {
		for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
			n = alarms(sizes[i], 1, channels[c], 10000, 1 + i);
			assert_true(n < 10);
		}
	}
}

static void drift_within_the_tolerance(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		assert_true(alarms(sizes[i], 0.995, &noisy, 1000, 2) <= 1);
		assert_true(alarms(sizes[i], 1.005, &noisy, 1000, 3) <= 1);
	}
}

static void wrong_clock_is_found(void **state)
{
	static const double rates[] = { 0, 0.5, 0.97, 1.1, 2 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rates); i++) {
		assert_int_equal(alarms(100, rates[i], &loopback, 500, 4), 500);
		assert_true(alarms(400, rates[i], &noisy, 500, 5) >= 495);
	}
	/* Few samples still tell a clock that is quite wrong. */
	assert_true(alarms(20, 0.5, &loopback, 500, 6) >= 495);
	assert_true(alarms(20, 1.5, &loopback, 500, 7) >= 495);
}

static void the_rate_is_told(void **state)
{
	static const double rates[] = { 0, 0.5, 0.97, 1, 1.1, 2 };
	u64 rng = 8;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rates); i++)
		assert_close(simulate(400, rates[i], &loopback, &rng).rate,
			     rates[i], 0.005);
}

static void backwards(void **state)
{
	struct clock_pair p[20];
	struct clockcheck c;

	(void)state;
	for (u64 i = 0; i < ARRAY_SIZE(p); i++)
		p[i] = (struct clock_pair){ .guest_ns = (100 - i) * 1000000,
					    .host_ns = (100 + i) * 1000000 };
	c = clockcheck(p, ARRAY_SIZE(p));
	assert_true(c.lies);
	assert_close(c.rate, -1, 1e-9);
}

static void few_say_nothing(void **state)
{
	u64 rng = 9;
	struct clockcheck c;

	(void)state;
	for (size_t n = 0; n < 6; n++) {
		c = simulate(n, 0.5, &loopback, &rng);
		assert_false(c.lies);
		assert_close(c.rate, 1, 0);
	}
}

static void no_time_says_nothing(void **state)
{
	struct clock_pair p[20] = { 0 };
	struct clockcheck c = clockcheck(p, 20);

	(void)state;
	assert_false(c.lies);
	assert_close(c.rate, 1, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(honest_clock_is_believed),
		cmocka_unit_test(drift_within_the_tolerance),
		cmocka_unit_test(wrong_clock_is_found),
		cmocka_unit_test(the_rate_is_told),
		cmocka_unit_test(backwards),
		cmocka_unit_test(few_say_nothing),
		cmocka_unit_test(no_time_says_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
