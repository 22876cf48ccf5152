// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../bench/clock.h"
#include "exchange.h"
#include "../bench/prng.h"
#include "runner.h"
#include "say.h"
#include "select.h"
#include "trace-pass.h"

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
#define RUNS_MAX 1000000000u

/* Fewer say nothing about a quantile. */
#define SAMPLES_MIN 20
#define SAMPLES_MIN_ROUGH 8
/* With an operation so slow that even these take too long. */
#define SAMPLES_LEAST 6
#define PATIENCE 4 /* budgets */
#define CHECK_EVERY 8
#define SAMPLES_MAX 4000

/* More taken off than this is said. */
#define FIXED_SHARE_MAX 0.01

#define PRECISION 0.01
#define PRECISION_ROUGH 0.05
#define ROUGH_ABOVE 0.02

#define PORT_FIRST 20000
#define PORT_LAST 29999

/* A benchmark under way. */
struct run {
	struct runner *r;
	struct exchange x;
	struct result *res;
	u32 runs;
	u64 begin;
	struct clock_pair *pairs[PARTNERS_MAX];
	size_t npairs;
};

void runner_init(struct runner *r, struct session *s, u64 seed, bool rough,
		 double budget_s)
{
	*r = (struct runner){
		.s = s,
		.rng = seed,
		.budget_s = budget_s,
		.precision = rough ? PRECISION_ROUGH : PRECISION,
		.port = PORT_FIRST,
	};
}

/* Taken off whatever names no other. */
#define USUAL_LOOP "micro/empty-loop"

const struct bench_entry *runner_loop_of(const struct bench_entry *e)
{
	const struct benchmark *b = e->bench;
	const struct bench_entry *loop;

	if (b->unit && strcmp(b->unit, "ns"))
		return NULL;
	loop = registry_find(b->loop ? b->loop : USUAL_LOOP);
	return loop == e ? NULL : loop;
}

double runner_loop_ns(const struct runner *r, const struct bench_entry *loop)
{
	for (size_t i = 0; i < r->nloops; i++)
		if (r->loops[i].e == loop)
			return r->loops[i].ns;
	return 0;
}

/* Kept for the others, if it can be a loop: nothing is taken off itself. */
static void note_loop(const struct run *run)
{
	struct runner *r = run->r;

	if (runner_loop_of(run->x.e) || runner_loop_ns(r, run->x.e) ||
	    r->nloops == LOOPS_MAX)
		return;
	r->loops[r->nloops++] = (struct loop){
		.e = run->x.e,
		.ns = run->res->summary.floor,
	};
}

static u32 next_port(struct runner *r)
{
	r->port = r->port == PORT_LAST ? PORT_FIRST : r->port + 1;
	return r->port;
}

static struct machine *choose(struct runner *r, const struct machine *but)
{
	struct machine *up[MACHINES_MAX];
	u32 n = 0;

	for (u32 i = 0; i < r->s->nmachines; i++)
		if (r->s->machines[i].state == MACHINE_UP &&
		    &r->s->machines[i] != but)
			up[n++] = &r->s->machines[i];
	return n ? up[prng_below(&r->rng, n)] : NULL;
}

/* False, with the reason in @res, when there are not enough. */
static bool cast(struct run *run, const struct topology *t)
{
	struct session *s = run->r->s;
	struct exchange *x = &run->x;

	if (t->with_host && s->host.state == MACHINE_UP)
		x->m[x->n++] = &s->host;
	while (x->n < t->machines) {
		x->m[x->n] = choose(run->r, x->n ? x->m[0] : NULL);
		if (!x->m[x->n])
			break;
		x->n++;
	}
	if (x->n < t->machines) {
		result_skip(run->res,
			    t->with_host && !x->n ?
				    "the host's own client is not up" :
				    "needs %u machines, %u %s up (--machines=)",
			    t->machines, session_up(s),
			    session_up(s) == 1 ? "is" : "are");
		return false;
	}
	for (u32 i = 0; i < x->n; i++)
		run->res->machines[i] = x->m[i]->id;
	run->res->nmachines = x->n;
	return true;
}

static int take_sample(struct run *run, u32 runs, struct sample *s)
{
	u32 port = run->x.n > 1 ? next_port(run->r) : 0;

	return exchange_sample(&run->x, runs, port, s);
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
		if (s.guest_ns < l->guest)
			l->guest = s.guest_ns;
		if (s.host_ns < l->host)
			l->host = s.host_ns;
		if (s.value < l->value)
			l->value = s.value;
		if (l->guest > CALIBRATION_LONG * SAMPLE_NS)
			break;
	}
	return 0;
}

/*
 * The guest's own time, without the channel.  Host time only as a bound: a
 * clock that stands still must not make a sample endless.
 */
static double lasted(const struct least *l, const struct least *zero)
{
	double host = l->host - zero->host;

	return host > CALIBRATION_LONG * SAMPLE_NS ? host : l->guest;
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

/* Finds what no runs cost, and how many runs fill a sample. */
static int calibrate(struct run *run)
{
	const struct bench_entry *e = run->x.e;
	double want = sample_ns(e), took, factor;
	struct least zero, l;
	u32 runs = 1;
	int ret;

	ret = quickest(run, 0, &zero);
	run->res->zero_guest_ns = ret ? 0 : zero.guest;
	run->res->zero_host_ns = ret ? 0 : zero.host;
	run->res->zero_value = ret ? 0 : zero.value;
	while (!ret) {
		ret = quickest(run, runs, &l);
		if (ret)
			break;
		took = lasted(&l, &zero);
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
	/* The samples have n and 2n runs; even, for what goes to and fro. */
	if (limited(e, RUNS_MAX) < 2 * runs)
		runs = (runs + 1) / 2;
	run->runs = runs > 2 ? runs & ~1u : runs;
	return ret;
}

static bool keep_sample(struct run *run, const struct sample *s)
{
	struct sample *kept = result_add_sample(run->res);

	if (kept)
		*kept = *s;
	return kept;
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

static bool enough(struct run *run)
{
	const struct runner *r = run->r;
	size_t n = run->res->nsamples;
	size_t least = r->precision > ROUGH_ABOVE ? SAMPLES_MIN_ROUGH :
						    SAMPLES_MIN;
	double spent = (double)(clock_ns() - run->begin) / NSEC_PER_SEC;

	if (n >= SAMPLES_MAX)
		return true;
	if (spent > r->budget_s)
		return n >= least ||
		       (n >= SAMPLES_LEAST && spent > PATIENCE * r->budget_s);
	/* Neighbours resemble each other, which an interval of independent
	 * samples knows nothing of: see more than one mood of the machine. */
	if (n < least || n % CHECK_EVERY || spent < r->budget_s / 2)
		return false;
	return !result_summarise(run->res) &&
	       stats_precise(&run->res->summary, r->precision) &&
	       result_floor_settled(run->res, r->precision);
}

/* n, 2n, 2n, n: a drift that is linear in time hits both alike. */
static u32 runs_of(const struct run *run, size_t i)
{
	u32 most = limited(run->x.e, RUNS_MAX);
	bool twice = i % 4 == 1 || i % 4 == 2;

	return twice && run->runs <= most / 2 ? 2 * run->runs : run->runs;
}

static int gather(struct run *run)
{
	struct sample s;
	int ret;

	while (!enough(run)) {
		ret = take_sample(run, runs_of(run, run->res->nsamples), &s);
		if (ret)
			return ret;
		if (!keep(run, &s)) {
			result_fail(run->res, "out of memory");
			return -ECANCELED;
		}
	}
	return 0;
}

static void check_clocks(struct run *run)
{
	struct clockcheck c;

	for (u32 i = 0; i < run->x.n; i++) {
		c = clockcheck(run->pairs[i], run->npairs);
		if (!c.lies)
			continue;
		run->res->clock = CLOCK_HOST;
		result_note(run->res,
			    "%s's clock runs at %.3g of the host's: "
			    "host time used",
			    machine_label(run->x.m[i]), c.rate);
	}
}

static void conclude(struct run *run)
{
	struct result *res = run->res;
	double share;

	check_clocks(run);
	res->loop_ns = runner_loop_ns(run->r, runner_loop_of(run->x.e));
	if (result_summarise(res)) {
		result_fail(res, "no sample was taken");
		return;
	}
	share = result_fixed_share(res);
	if (share > FIXED_SHARE_MAX)
		result_note(res, "%.0f %% of a sample were its own fixed cost",
			    share * 100);
	if (!(res->summary.floor > 0))
		result_note(res, "floor below what can be seen");
	if (res->clock == CLOCK_HOST && res->samples[0].has_value)
		result_note(res, "but this figure is by the guest's clock");
	res->precise = stats_precise(&res->summary, run->r->precision);
	res->status = RESULT_OK;
	note_loop(run);
	trace_pass_compare(res);
}

static int measure(struct run *run)
{
	int ret, end;

	ret = exchange_begin(&run->x);
	if (!ret)
		ret = calibrate(run);
	run->begin = clock_ns();
	if (!ret)
		ret = gather(run);
	if (!ret && run->r->trace)
		ret = trace_pass(&run->x, run->runs,
				 run->x.n > 1 ? next_port(run->r) : 0,
				 run->res);
	if (ret == -EINTR)
		return ret;
	end = exchange_end(&run->x);
	if (!end)
		end = trace_pass_name(&run->x, run->res);
	if (run->x.verdict == RESULT_SKIPPED &&
	    run->res->nsamples >= SAMPLES_LEAST) {
		/* A benchmark that cannot go on, but has gone far enough. */
		result_note(run->res, "%s", run->x.reason);
		conclude(run);
	} else if (!ret && run->x.verdict == RESULT_OK)
		conclude(run);
	else if (run->x.verdict == RESULT_SKIPPED)
		result_skip(run->res, "%s", run->x.reason);
	else if (run->x.verdict == RESULT_FAILED)
		result_fail(run->res, "%s", run->x.reason);
	return end;
}

int runner_run(struct runner *r, const struct bench_entry *e,
	       struct result *res)
{
	struct run run = { .r = r, .res = res, .x = { .s = r->s, .e = e } };
	int ret = 0;

	snprintf(res->title, sizeof(res->title), "%s", e->bench->title);
	snprintf(res->unit, sizeof(res->unit), "%s",
		 e->bench->unit ? e->bench->unit : "ns");
	/* Cut in the middle of a character, a text would be no JSON. */
	text_clean(res->title);
	text_clean(res->unit);
	res->bytes = e->bench->bytes;
	res->latency = e->bench->latency;
	if (select_matches(r->s->set.avoid, e)) {
		result_skip(res, "AVOID= in SETTINGS or the environment "
				 "names it: it breaks this hypervisor");
		return 0;
	}
	if (!cast(&run, e->bench->server))
		return 0;
	for (u32 i = 0; i < PARTNERS_MAX; i++)
		run.pairs[i] = calloc(SAMPLES_MAX, sizeof(*run.pairs[i]));
	if (run.pairs[0] && run.pairs[1])
		ret = measure(&run);
	else
		result_fail(res, "out of memory");
	for (u32 i = 0; i < PARTNERS_MAX; i++)
		free(run.pairs[i]);
	return ret;
}

int runner_probe(struct runner *r, const struct bench_entry *e, char *why,
		 size_t size)
{
	char name[BENCH_NAME_MAX];
	struct machine *m = choose(r, NULL);
	struct msg msg;
	int ret;

	if (!m)
		return -ENOTCONN;
	msg_text(&msg, MSG_PROBE, bench_full_name(e, name, sizeof(name)));
	ret = exchange_ask(r->s, m, &msg);
	if (ret == -EINTR)
		return ret;
	if (!ret && m->ch.in.type == MSG_PROBED &&
	    !msg_get_text(&m->ch.in, why, size))
		return 0;
	session_lose(r->s, m, "it did not answer a question properly");
	return -ENOTCONN;
}
