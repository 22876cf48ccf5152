// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <math.h>

#include "../bench/clock.h"
#include "active.h"
#include "runner.h"
#include "sampling.h"

/*
 * A sample is to last this long: thousands of times a reading of the clock,
 * and short against the 4 ms of a 250 Hz tick, so that most samples see none.
 */
#define SAMPLE_NS 1000000.0
#define STREAM_SAMPLE_NS 8000000.0
/* Setting up takes as long as some events: a sample is to hold many. */
#define EVENTS_SAMPLE_NS 20000000.0
#define GROWTH_MAX 16.0
#define CALIBRATION_SAMPLES 3
#define CALIBRATION_LONG 20
/* Host time, much longer than a message to a guest takes on a busy machine. */
#define STANDSTILL_NS 250000000.0
#define RUNS_MAX 1000000000u

u32 sampling_port(struct run *run)
{
	const struct loopback *l = &run->r->s->loopback;
	struct runner *r = run->r;

	if (run->x.n < 2)
		return 0;
	r->port++;
	if (r->port < l->port_first || r->port > l->port_last)
		r->port = l->port_first;
	return r->port;
}

static int take_sample(struct run *run, u32 runs, struct sample *s)
{
	return exchange_sample(&run->x, runs, sampling_port(run), s);
}

static u32 limited(const struct bench_entry *e, double runs)
{
	u32 most = e->bench->max_runs ? e->bench->max_runs : RUNS_MAX;

	return runs < 1 ? 1 : runs > most ? most : (u32)runs;
}

/* What a sample took, at least: of a few, for any may have been disturbed. */
struct least {
	double guest;
	double host;
	double value;
};

/* A sample that takes long enough is tried once. */
static int quickest(struct run *run, u32 runs, struct least *l)
{
	struct sample s;
	int ret;

	*l = (struct least){ INFINITY, INFINITY, INFINITY };
	for (int i = 0; i < CALIBRATION_SAMPLES; i++) {
		ret = take_sample(run, runs, &s);
		if (ret)
			return ret;
		if (s.stopped) {
			i--;
			continue;
		}
		if (s.guest_ns < l->guest)
			l->guest = s.guest_ns;
		if (s.host_ns < l->host)
			l->host = s.host_ns;
		if (s.value < l->value)
			l->value = s.value;
		if (l->guest > CALIBRATION_LONG * SAMPLE_NS ||
		    l->host > 4 * STANDSTILL_NS)
			break;
	}
	return 0;
}

/*
 * The guest's time, which does not include the channel: on a busy machine each message
 * takes tens of milliseconds.  Host time is used only if it is much longer: a guest's
 * clock that stands still must not make samples endless.
 */
static double lasted(const struct least *l, const struct least *zero)
{
	double host = l->host - zero->host;

	return host > STANDSTILL_NS ? host : l->guest;
}

/* Streams start cold and with some skew between their two ends. */
static double sample_ns(const struct bench_entry *e)
{
	if (e->bench->latency)
		return EVENTS_SAMPLE_NS;
	return e->bench->bytes && e->bench->server->machines > 1 ?
		       STREAM_SAMPLE_NS :
		       SAMPLE_NS;
}

static int calibrate(struct run *run, const struct least *zero)
{
	const struct bench_entry *e = run->x.e;
	double want = sample_ns(e), took, factor;
	struct least l;
	u32 runs = 1;
	int ret;

	for (;;) {
		ret = quickest(run, runs, &l);
		if (ret)
			return ret;
		took = lasted(&l, zero);
		if (took > want * 0.7 || runs == limited(e, RUNS_MAX))
			break;
		factor = took > 0 ? want / took : GROWTH_MAX;
		/* Events may use something up that there is not much of. */
		if (e->bench->latency) {
			runs = limited(e, factor);
			break;
		}
		if (factor > GROWTH_MAX)
			factor = GROWTH_MAX;
		runs = limited(e, runs * factor + 1);
	}
	if (took > STANDSTILL_NS)
		runs = limited(e, runs * want / took);
	/* The samples have n and 2n runs; even, for what goes to and fro. */
	if (limited(e, RUNS_MAX) < 2 * runs)
		runs = (runs + 1) / 2;
	run->runs = runs > 2 ? runs & ~1u : runs;
	return 0;
}

static double since_s(u64 begin)
{
	return (double)(active_ns() - begin) / NSEC_PER_SEC;
}

/* By the quickest set-up so far: on a busy machine any takes long. */
static void count_spells(struct run *run)
{
	double s = since_s(run->begin);

	if (run->nth && s >= run->set_up_s)
		return;
	run->set_up_s = s;
	run->of = plan_spells(&run->r->plan, run->x.e->bench->one_spell, s);
}

int sampling_prepare(struct run *run)
{
	struct result *res = run->res;
	struct least zero;
	int ret;

	ret = quickest(run, 0, &zero);
	if (ret)
		return ret;
	if (!run->nth || zero.guest < res->zero_guest_ns)
		res->zero_guest_ns = zero.guest;
	if (!run->nth || zero.host < res->zero_host_ns)
		res->zero_host_ns = zero.host;
	if (!run->nth || zero.value < res->zero_value)
		res->zero_value = zero.value;
	count_spells(run);
	return run->runs ? 0 : calibrate(run, &zero);
}

static bool keep_sample(struct run *run, const struct sample *s)
{
	struct sample *kept = result_add_sample(run->res);

	if (!kept)
		return false;
	*kept = *s;
	kept->pass = run->pass + 1;
	return true;
}

/* What disturbed one event is not known, but what disturbed all of them is. */
static bool keep_events(struct run *run, const struct sample *s,
			const struct msg_done *d)
{
	struct sample event = *s;

	event.runs = 1;
	event.guest_ns /= d->nevents;
	event.host_ns /= d->nevents;
	event.ticks /= d->nevents;
	/* A delay is judged by the time that it is a part of. */
	event.counters.run_delay_ns /= d->nevents;
	event.counters.steal_ns /= d->nevents;
	event.host_delay_ns /= d->nevents;
	for (u32 i = 0; i < d->nevents; i++) {
		event.value = d->events[i];
		if (!keep_sample(run, &event))
			return false;
	}
	return true;
}

static bool keep(struct run *run, const struct sample *s)
{
	const struct msg_done *d = &run->x.m[0]->result;
	bool kept = d->nevents ? keep_events(run, s, d) : keep_sample(run, s);

	if (!kept)
		return false;
	for (u32 i = 0; i < run->x.n; i++)
		run->pairs[i][run->npairs] = run->x.pair[i];
	run->npairs++;
	return true;
}

static bool good_enough(const struct run *run)
{
	double precision = run->r->plan.precision;

	return !result_summarise(run->res) &&
	       stats_precise(&run->res->summary, precision) &&
	       result_floor_settled(run->res, precision);
}

u32 sampling_spells(const struct run *run)
{
	bool last = run->pass + 1 >= run->r->plan.passes;

	return last && run->nth < run->of ? run->nth + 1 : run->of;
}

/* True when no more samples are to be taken in this spell. */
static bool enough(struct run *run)
{
	const struct spell sp = {
		.nth = run->nth,
		.of = sampling_spells(run),
		.samples = run->res->nsamples,
		.looked = run->looked,
		.spent_s = since_s(run->begin),
	};

	if (plan_may_stop(&run->r->plan, &sp)) {
		run->looked = sp.samples;
		run->over = good_enough(run);
		if (run->over)
			return true;
	}
	return plan_spell_over(&run->r->plan, &sp);
}

/* n, 2n, 2n, n: a drift that is linear in time hits both alike. */
static u32 runs_of(const struct run *run, size_t i)
{
	u32 most = limited(run->x.e, RUNS_MAX);
	bool twice = i % 4 == 1 || i % 4 == 2;

	return twice && run->runs <= most / 2 ? 2 * run->runs : run->runs;
}

int sampling_gather(struct run *run)
{
	struct sample s;
	int ret;

	/* The time of a spell is that of its set-up as well, but the first's has
	 * found out what all others need. */
	if (!run->nth)
		run->begin = active_ns();
	while (!enough(run)) {
		ret = take_sample(run, runs_of(run, run->npairs), &s);
		if (ret)
			return ret;
		if (!keep(run, &s)) {
			result_fail(run->res, "out of memory");
			return -ECANCELED;
		}
	}
	return 0;
}
