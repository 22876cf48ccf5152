// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../bench/clock.h"
#include "../bench/prng.h"
#include "active.h"
#include "boot.h"
#include "placement.h"
#include "runner.h"
#include "sampling.h"
#include "select.h"
#include "trace-pass.h"

/* A note names a fixed cost above this share. */
#define FIXED_SHARE_MAX 0.01
/* A note names a clock's step above this share of a sample: the default precision. */
#define GRAIN_SHARE_MAX 0.01

void runner_init(struct runner *r, struct session *s, u64 seed,
		 const struct plan *plan)
{
	*r = (struct runner){ .s = s, .plan = *plan, .rng = seed };
}

/* The loop of benchmarks that name no other. */
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

static struct loop *find_loop(struct runner *r, const struct bench_entry *e)
{
	for (size_t i = 0; i < r->nloops; i++)
		if (r->loops[i].e == e)
			return &r->loops[i];
	return NULL;
}

static double loop_ns(struct runner *r, const struct bench_entry *e)
{
	const struct loop *loop = find_loop(r, runner_loop_of(e));

	return loop ? loop->ns : 0;
}

/* Kept for the others, if it can be a loop: nothing is taken off itself. */
static void note_loop(const struct run *run)
{
	struct runner *r = run->r;
	struct loop *loop = find_loop(r, run->x.e);

	if (runner_loop_of(run->x.e))
		return;
	if (!loop && r->nloops == LOOPS_MAX)
		return;
	if (!loop)
		loop = &r->loops[r->nloops++];
	*loop = (struct loop){ .e = run->x.e, .ns = run->res->summary.floor };
}

/* Among those with enough CPUs for @bench, unless that is NULL. */
static struct machine *choose_fit(struct runner *r, const struct machine *but,
				  const struct benchmark *bench)
{
	struct machine *up[MACHINES_MAX];
	char why[MSG_TEXT_MAX];
	u32 n = 0;

	for (u32 i = 0; i < r->s->nmachines; i++)
		if (r->s->machines[i].state == MACHINE_UP &&
		    &r->s->machines[i] != but &&
		    !(bench && placement_too_few(r->s, &r->s->machines[i],
						 bench, why, sizeof(why))))
			up[n++] = &r->s->machines[i];
	return n ? up[prng_below(&r->rng, n)] : NULL;
}

/* If none has enough, one whose lack becomes the reason. */
static struct machine *choose(struct runner *r, const struct machine *but,
			      const struct benchmark *bench)
{
	struct machine *m = choose_fit(r, but, bench);

	return m ? m : choose_fit(r, but, NULL);
}

/* False, with the reason in @res, when there are not enough. */
static bool cast(struct run *run, const struct topology *t)
{
	struct session *s = run->r->s;
	struct exchange *x = &run->x;
	char why[MSG_TEXT_MAX];

	if (t->with_host && s->host.state == MACHINE_UP)
		x->m[x->n++] = &s->host;
	while (x->n < t->machines) {
		x->m[x->n] = choose(run->r, x->n ? x->m[0] : NULL, x->e->bench);
		if (!x->m[x->n])
			break;
		x->n++;
	}
	for (u32 i = 0; i < x->n; i++)
		if (placement_too_few(s, x->m[i], x->e->bench, why,
				      sizeof(why))) {
			result_skip(run->res, "%s", why);
			return false;
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

void runner_begin(struct runner *r, struct run *run,
		  const struct bench_entry *e, struct result *res)
{
	*run = (struct run){
		.r = r,
		.res = res,
		.x = { .s = r->s, .e = e },
		.trace = r->trace,
		.of = e->bench->one_spell ? 1 : r->plan.passes,
		.over = true,
	};
	if (result_describe(res, e->bench->title,
			    e->bench->unit ? e->bench->unit : "ns")) {
		result_fail(res, "out of memory");
		return;
	}
	res->bytes = e->bench->bytes;
	res->latency = e->bench->latency;
	if (select_matches(r->s->set.avoid, e)) {
		result_skip(res, "AVOID= in SETTINGS or the environment "
				 "names it: it breaks this hypervisor");
		return;
	}
	if (e->bench->server->boot) {
		boot_sample(r->s, e, res);
		return;
	}
	if (!cast(run, e->bench->server))
		return;
	for (u32 i = 0; i < run->x.n; i++) {
		run->pairs[i] = calloc(SAMPLES_MAX, sizeof(*run->pairs[i]));
		if (!run->pairs[i]) {
			result_fail(res, "out of memory");
			return;
		}
	}
	run->over = false;
}

void runner_release(struct run *run)
{
	for (u32 i = 0; i < PARTNERS_MAX; i++)
		free(run->pairs[i]);
}

/* Each look at the clocks is of all pairs so far: the last one counts. */
static void forget_clocks(struct run *run)
{
	/* The time of a start is by the server's clock in any case. */
	if (run->x.e->bench->server->boot)
		return;
	run->res->clock = CLOCK_GUEST;
	run->res->clock_lies = false;
}

/* True when one of @run's clocks lies: host time is used then. */
static bool check_clock(struct run *run, u32 i, double *rate)
{
	struct clockcheck c = clockcheck(run->pairs[i], run->npairs);

	if (c.lies) {
		run->res->clock = CLOCK_HOST;
		run->res->clock_lies = true;
	}
	*rate = c.rate;
	return c.lies;
}

/* As far as they can be told by now. */
static int figures(struct run *run)
{
	double precision = run->r->plan.precision;
	struct result *res = run->res;
	double rate;

	forget_clocks(run);
	for (u32 i = 0; i < run->x.n; i++)
		check_clock(run, i, &rate);
	res->loop_ns = loop_ns(run->r, run->x.e);
	if (result_summarise(res))
		return -ENODATA;
	res->precise = !run->cut && stats_precise(&res->summary, precision);
	note_loop(run);
	return 0;
}

static void say_clocks(struct run *run)
{
	double rate;

	for (u32 i = 0; i < run->x.n; i++)
		if (check_clock(run, i, &rate))
			result_note(run->res,
				    "%s's clock runs at %.3g of the host's: "
				    "host time used",
				    machine_label(run->x.m[i]), rate);
}

/* Equal samples show a coarse clock, not a steady machine. */
static void say_grain(struct run *run)
{
	struct result *res = run->res;
	double share, grain = result_grain(res, &share);
	bool equal = res->summary.max <= res->summary.min;

	if (!(share > GRAIN_SHARE_MAX))
		return;
	result_note(res, "the clock's step is %s%.4g us, %.0f %% of a sample",
		    equal ? "up to " : "", grain / 1000, share * 100);
	res->precise = false;
}

static void say_stopped(struct result *res)
{
	size_t n = 0;

	for (size_t i = 0; i < res->nsamples; i++)
		n += res->samples[i].stopped;
	if (n)
		result_note(res, "the run was stopped during %zu %s", n,
			    n == 1 ? "sample" : "samples");
}

static void say_what_is_off(struct run *run)
{
	struct result *res = run->res;
	double share = result_fixed_share(res);

	say_clocks(run);
	say_grain(run);
	say_stopped(res);
	if (share > FIXED_SHARE_MAX)
		result_note(res, "%.0f %% of a sample is its fixed cost",
			    share * 100);
	if (!(res->summary.floor > 0))
		result_note(res, "the floor is too small to be measured");
	if (res->clock == CLOCK_HOST && res->samples[0].has_value)
		result_note(res, "but this figure uses the guest's clock");
}

void runner_conclude(struct run *run)
{
	struct result *res = run->res;

	if (res->status != RESULT_OK)
		return;
	if (!run->over && res->nsamples < SAMPLES_LEAST) {
		result_fail(res, "interrupted");
		return;
	}
	run->cut |= !run->over;
	if (!run->over)
		result_note(res, "interrupted after %u of %u spells", run->nth,
			    run->of);
	if (figures(run)) {
		result_fail(res, "no sample was taken");
		return;
	}
	say_what_is_off(run);
	trace_pass_compare(res);
}

/* Lost over another benchmark, since this one's last spell. */
static const struct machine *lost_one(const struct run *run)
{
	for (u32 i = 0; i < run->x.n; i++)
		if (run->x.m[i]->state != MACHINE_UP)
			return run->x.m[i];
	return NULL;
}

/* What the spell came to, when @ret is what it ended with. */
static void judge(struct run *run, int ret)
{
	struct exchange *x = &run->x;

	if (!ret && x->verdict == RESULT_OK)
		return;
	/* The guest's own limits (worker.c, bench/pair.c, the module's) go by its
	 * clock, which went on during the stop. */
	if (x->verdict == RESULT_FAILED && active_changes() != run->changes &&
	    !lost_one(run)) {
		run->again = true;
		run->over = false;
		return;
	}
	run->cut |= !run->over;
	run->over = true;
	if (x->verdict == RESULT_SKIPPED && run->res->nsamples >= SAMPLES_LEAST)
		/* One that cannot go on, but has gone far enough. */
		result_note(run->res, "%s", x->reason);
	else if (x->verdict == RESULT_SKIPPED)
		result_skip(run->res, "%s", x->reason);
	else
		result_fail(run->res, "%s", x->reason);
}

static int traced(struct run *run)
{
	if (!run->over || !run->trace)
		return 0;
	return trace_pass(&run->x, run->runs, sampling_port(run), run->res);
}

static int spell(struct run *run)
{
	int ret, end;

	run->x.verdict = RESULT_OK;
	run->x.reason[0] = '\0';
	run->x.spell = run->nth;
	run->begin = active_ns();
	ret = exchange_begin(&run->x);
	if (!ret)
		ret = sampling_prepare(run);
	if (!ret)
		ret = sampling_gather(run);
	if (!ret && run->nth + 1 >= sampling_spells(run))
		run->over = true;
	if (!ret)
		ret = traced(run);
	if (ret == -EINTR)
		return ret;
	end = exchange_end(&run->x);
	if (!end && run->over)
		end = trace_pass_name(&run->x, run->res);
	judge(run, ret);
	return end;
}

/* On other machines; nothing that the lost one did is kept. */
static bool start_over(struct run *run)
{
	struct loop *loop = find_loop(run->r, run->x.e);

	run->x.n = 0;
	run->nth = run->runs = 0;
	run->npairs = run->looked = 0;
	result_forget(run->res);
	if (loop)
		loop->ns = 0;
	return cast(run, run->x.e->bench->server);
}

static void end_early(struct run *run, const struct machine *lost)
{
	if (run->res->nsamples < SAMPLES_LEAST && start_over(run))
		return;
	run->over = run->cut = true;
	if (run->res->nsamples >= SAMPLES_LEAST)
		result_note(run->res, "%s was lost after %u of %u spells",
			    machine_label(lost), run->nth, run->of);
	else
		result_fail(run->res,
			    "%s was lost before it had enough samples",
			    machine_label(lost));
}

int runner_spell(struct run *run, u32 pass)
{
	const struct machine *lost = lost_one(run);
	int ret;

	if (lost) {
		end_early(run, lost);
		if (run->over)
			return 0;
	}
	run->pass = pass;
	do {
		run->again = false;
		run->changes = active_changes();
		ret = spell(run);
		if (ret == -EINTR)
			return ret;
	} while (run->again);
	if (run->res->status == RESULT_OK)
		figures(run);
	run->nth++;
	return 0;
}

static u32 guests_needed(const struct topology *t)
{
	return t->with_host ? t->machines - 1 : t->machines;
}

/*
 * The guest ends a check at a limit of its own (serve.c), by a clock that does not
 * stand still while the run is stopped: what it says after a stop is asked again.
 */
static int runner_ask(struct runner *r, struct machine *m,
		      const struct bench_entry *e, char *why, size_t size)
{
	char name[BENCH_NAME_MAX];
	struct msg msg;
	u32 changes;
	int ret;

	bench_full_name(e, name, sizeof(name));
	do {
		changes = active_changes();
		msg_text(&msg, MSG_PROBE, name);
		ret = exchange_ask(r->s, m, &msg);
		if (ret)
			return ret;
		if (m->ch.in.type != MSG_PROBED ||
		    msg_get_text(&m->ch.in, why, size))
			return -EPROTO;
	} while (*why && active_changes() != changes);
	return 0;
}

int runner_probe(struct runner *r, const struct bench_entry *e, char *why,
		 size_t size)
{
	struct machine *m = choose(r, NULL, e->bench);
	const char *reason;
	int ret;

	if (!m)
		return -ENOTCONN;
	if (e->bench->server->boot) {
		reason = boot_reason(m, e);
		snprintf(why, size, "%s", reason ? reason : "");
		return 0;
	}
	if (guests_needed(e->bench->server) > r->s->nmachines) {
		snprintf(why, size, "needs %u machines (--machines=)",
			 guests_needed(e->bench->server));
		return 0;
	}
	if (placement_too_few(r->s, m, e->bench, why, size))
		return 0;
	ret = runner_ask(r, m, e, why, size);
	if (!ret || ret == -EINTR)
		return ret;
	session_lose(r->s, m,
		     ret == -ESRCH ? "it ended before it answered a question" :
				     "it gave no valid answer to a question");
	return -ENOTCONN;
}
