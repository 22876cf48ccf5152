// SPDX-License-Identifier: GPL-2.0-only
/* What stands out is told by the benchmark's own other samples. */
#include "../../user/result.h"
#include "unit.h"

#define SAMPLES 20

static struct results all;
static struct result *res;

static int setup(void **state)
{
	(void)state;
	results_init(&all);
	res = results_add(&all, "micro/test");
	for (int i = 0; i < SAMPLES; i++) {
		struct sample *s = result_add_sample(res);

		s->runs = 100;
		s->guest_ns = 1000000;
		s->host_ns = 1100000;
	}
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	results_free(&all);
	return 0;
}

/* Tags; the only tags are @tag in sample @only. */
static void assert_tagged_alone(int only, u32 tag)
{
	result_tag(res);
	for (int i = 0; i < SAMPLES; i++)
		assert_int_equal(res->samples[i].tags, i == only ? tag : 0);
}

static void quiet(void **state)
{
	(void)state;
	assert_tagged_alone(-1, 0);
}

static void the_time_is_not_looked_at(void **state)
{
	(void)state;
	res->samples[3].guest_ns *= 1000;
	res->samples[3].host_ns *= 1000;
	assert_tagged_alone(-1, 0);
}

static void one_event_where_there_are_none(void **state)
{
	(void)state;
	res->samples[3].counters.preempted = 1;
	assert_tagged_alone(3, TAG_PREEMPTED);
	res->samples[3].counters.migrated = 1;
	assert_tagged_alone(3, TAG_PREEMPTED | TAG_MIGRATED);
	res->samples[3].counters.preempted = 0;
	assert_tagged_alone(3, TAG_MIGRATED);
}

static void normal_events_are_no_disturbance(void **state)
{
	(void)state;
	for (int i = 0; i < SAMPLES; i++) {
		res->samples[i].counters.preempted = 100 + i;
		res->samples[i].counters.migrated = 1;
	}
	assert_tagged_alone(-1, 0);
	res->samples[5].counters.preempted = 200;
	assert_tagged_alone(5, TAG_PREEMPTED);
}

/* norm + 3 sqrt(norm) + 1 */
static void interrupts_scatter(void **state)
{
	(void)state;
	res->samples[0].counters.interrupts = 1;
	assert_tagged_alone(-1, 0);
	res->samples[0].counters.interrupts = 2;
	assert_tagged_alone(0, TAG_INTERRUPTS);
	for (int i = 0; i < SAMPLES; i++)
		res->samples[i].counters.interrupts = 4;
	res->samples[7].counters.interrupts = 11;
	assert_tagged_alone(-1, 0);
	res->samples[7].counters.interrupts = 12;
	assert_tagged_alone(7, TAG_INTERRUPTS);
	/* Fewer than normal never disturb. */
	res->samples[7].counters.interrupts = 0;
	assert_tagged_alone(-1, 0);
}

static void delays_above_a_hundredth(void **state)
{
	struct sample *s = &res->samples[2];

	(void)state;
	s->counters.run_delay_ns = 10000;
	s->counters.steal_ns = 10000;
	assert_tagged_alone(-1, 0);
	s->counters.run_delay_ns = 10001;
	assert_tagged_alone(2, TAG_RUN_DELAY);
	s->counters.steal_ns = 10001;
	assert_tagged_alone(2, TAG_RUN_DELAY | TAG_STEAL);
	/* A hundredth of the time that counts. */
	res->clock = CLOCK_HOST;
	assert_tagged_alone(-1, 0);
}

/* What the control channel took, 100 us here, may all have been delay. */
static void delay_in_the_channel_disturbs_nothing(void **state)
{
	struct sample *s = &res->samples[2];

	(void)state;
	s->host_delay_ns = 110000;
	assert_tagged_alone(-1, 0);
	s->host_delay_ns = 110001;
	assert_tagged_alone(2, TAG_HOST_DELAY);
	/* A guest's clock that is too fast leaves the channel no time. */
	s->host_ns = s->guest_ns - 1;
	s->host_delay_ns = 10001;
	assert_tagged_alone(2, TAG_HOST_DELAY);
}

static void normal_delays_are_no_disturbance(void **state)
{
	(void)state;
	for (int i = 0; i < SAMPLES; i++) {
		res->samples[i].counters.run_delay_ns = 400000;
		res->samples[i].host_delay_ns = 300000;
	}
	assert_tagged_alone(-1, 0);
	res->samples[9].counters.run_delay_ns = 410001;
	assert_tagged_alone(9, TAG_RUN_DELAY);
}

static void a_disturbed_minority_is_found(void **state)
{
	int tagged = 0;

	(void)state;
	for (int i = 0; i < SAMPLES; i += 3)
		res->samples[i].counters.preempted = 2;
	result_tag(res);
	for (int i = 0; i < SAMPLES; i++) {
		assert_int_equal(res->samples[i].tags,
				 i % 3 ? 0 : TAG_PREEMPTED);
		tagged += res->samples[i].tags != 0;
	}
	assert_int_equal(result_summarise(res), 0);
	assert_int_equal(res->summary.tagged, tagged);
	assert_int_equal(res->summary.used, SAMPLES - tagged);
}

/* Twice the runs, twice the interrupts. */
static void each_number_of_runs_has_its_normal(void **state)
{
	(void)state;
	for (int i = 0; i < SAMPLES; i++) {
		res->samples[i].runs = i % 2 ? 200 : 100;
		res->samples[i].counters.interrupts = i % 2 ? 200 : 100;
		res->samples[i].counters.run_delay_ns = i % 2 ? 80000 : 40000;
	}
	assert_tagged_alone(-1, 0);
	res->samples[4].counters.interrupts = 200;
	assert_tagged_alone(4, TAG_INTERRUPTS);
}

static void few_of_the_same_runs(void **state)
{
	(void)state;
	for (int i = 0; i < SAMPLES; i++) {
		res->samples[i].runs = 100 * (i + 1);
		res->samples[i].counters.interrupts = 100 * (i + 1);
	}
	assert_tagged_alone(-1, 0);
	res->samples[0].counters.interrupts = 200;
	assert_tagged_alone(0, TAG_INTERRUPTS);
}

static void earlier_tags_are_forgotten(void **state)
{
	(void)state;
	for (int i = 0; i < SAMPLES; i++)
		res->samples[i].tags = TAG_STEAL;
	assert_tagged_alone(-1, 0);
}

static void none_and_zero_runs(void **state)
{
	(void)state;
	res->samples[0].runs = 0;
	res->samples[0].counters.preempted = 3;
	result_tag(res);
	res->nsamples = 0;
	result_tag(res);
	assert_true(result_summarise(res) < 0);
	res->nsamples = SAMPLES;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(quiet),
		TEST(the_time_is_not_looked_at),
		TEST(one_event_where_there_are_none),
		TEST(normal_events_are_no_disturbance),
		TEST(interrupts_scatter),
		TEST(delays_above_a_hundredth),
		TEST(delay_in_the_channel_disturbs_nothing),
		TEST(normal_delays_are_no_disturbance),
		TEST(a_disturbed_minority_is_found),
		TEST(each_number_of_runs_has_its_normal),
		TEST(few_of_the_same_runs),
		TEST(earlier_tags_are_forgotten),
		TEST(none_and_zero_runs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
