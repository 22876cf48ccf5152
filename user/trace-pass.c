// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../bench/clock.h"
#include "active.h"
#include "exits-expect.h"
#include "paths.h"
#include "say.h"
#include "trace-kernel.h"
#include "trace-pass.h"
#include "trace-symbols.h"
#include "trace.h"

/* Samples with runs, each in a window of its own, and as many without, in one. */
#define TRACED_SAMPLES 6
/* When this time is over, no new sample begins. */
#define PATIENCE_NS (2 * NSEC_PER_SEC)
/* A benchmark that declares its exits gets more time if its operations would otherwise
 * be too few to compare. */
#define DECLARED_PATIENCE_NS (10 * NSEC_PER_SEC)
/* Each sample of such a benchmark has at least DECLARED_RUNS runs, unless they would take
 * longer than DECLARED_SAMPLE_NS: the longer a window is open, the more of the guest's
 * other work is in it. */
#define DECLARED_RUNS 4
#define DECLARED_SAMPLE_NS (50 * 1000 * 1000)
_Static_assert(DECLARED_RUNS *TRACED_SAMPLES / 2 >= EXPECT_RUNS_LEAST,
	       "half of the samples must be enough to compare");
/* Twice as many as are used: a free one is found by trying. */
#define WINDOWS (2 * (TRACED_SAMPLES + 1) * PARTNERS_MAX)

#define TCG_SIGNATURE "TCGTCGTCGTCG"

static int cannot(struct session *s, const char *why)
{
	if (s->opt->trace == TRACE_TRY) {
		say("%s; going on without --trace", why);
		trace_close(s->trace);
		s->trace = NULL;
		return 0;
	}
	say("%s (--trace=try goes on without)", why);
	return -EOPNOTSUPP;
}

int trace_pass_open(struct session *s)
{
	struct trace_spec spec = { .rip = s->opt->trace_rip,
				   .windows = WINDOWS };
	char why[1024];

	if (s->opt->trace == TRACE_NO)
		return 0;
	if (s->backend.no_exits[0]) {
		snprintf(why, sizeof(why),
			 "there are no exits to attribute: %s",
			 s->backend.no_exits);
		return cannot(s, why);
	}
	if (!MARKER_POSSIBLE)
		return cannot(s, "a benchmark's exits cannot be identified: on "
				 "this architecture a guest's user space "
				 "cannot mark them (HVC is undefined there); "
				 "\"vbench trace\" attributes all exits of a "
				 "running VM");
	if (trace_open(&s->trace, &spec, why, sizeof(why)))
		return cannot(s, why);
	if (spec.rip &&
	    kernel_debug_open(&s->debug, &s->set, why, sizeof(why))) {
		say("%s", why);
		return -EINVAL;
	}
	say_detail("exits are attributed by tier %c: %s", trace_tier(s->trace),
		   trace_tier_text(trace_tier(s->trace)));
	return 0;
}

int trace_pass_check(struct session *s)
{
	for (u32 i = 0; s->trace && i < s->nmachines; i++)
		if (s->machines[i].state == MACHINE_UP &&
		    !strcmp(s->machines[i].hello.hypervisor, TCG_SIGNATURE))
			return cannot(s,
				      "there are no exits to attribute: QEMU "
				      "(TCG) emulates the machines' CPUs in "
				      "its own process, where KVM sees "
				      "nothing");
	return 0;
}

/* One window for each machine that is a guest. */
struct marks {
	struct trace_mark m[PARTNERS_MAX];
};

static bool arm(struct exchange *x, struct marks *k)
{
	bool all = true;

	memset(k, 0, sizeof(*k));
	for (u32 i = 0; i < x->n; i++) {
		if (x->m[i]->id == HOST_CLIENT_ID)
			continue;
		k->m[i] = trace_arm(x->s->trace);
		all &= k->m[i].window != 0;
	}
	return all;
}

/* All windows of one benchmark. */
struct windows {
	struct marks with[TRACED_SAMPLES]; /* one for each sample */
	u32 n; /* fewer, if not so many were free */
	struct marks without;
};

/* False if there is not even one with runs. */
static bool arm_all(struct exchange *x, struct windows *ws)
{
	memset(ws, 0, sizeof(*ws));
	if (!arm(x, &ws->without))
		return false;
	while (ws->n < TRACED_SAMPLES && arm(x, &ws->with[ws->n]))
		ws->n++;
	return ws->n;
}

/* Adds them to @e, and to each of the @n @parts. */
static int take(struct exchange *x, const struct marks *k, bool fixed,
		struct exits *e, struct exits *parts, u32 n)
{
	static struct trace_rips r;
	struct trace_window w;
	int ret = 0;

	for (u32 i = 0; i < x->n; i++) {
		if (!k->m[i].window)
			continue;
		memset(&r, 0, sizeof(r));
		/* This frees the window, so it must not be skipped. */
		trace_take(x->s->trace, k->m[i], &w, &r);
		if (!ret)
			ret = exits_add(e, &w, fixed);
		if (!ret)
			ret = exits_add_rips(e, &r, i, fixed);
		for (u32 p = 0; p < n && !ret; p++)
			ret = exits_add(&parts[p], &w, fixed);
	}
	return ret;
}

/* @parts: TRACED_SAMPLES, one for each sample. */
static int take_all(struct exchange *x, const struct windows *ws,
		    struct exits *e, struct exits *parts)
{
	int ret = take(x, &ws->without, true, e, parts, TRACED_SAMPLES), one;

	for (u32 i = 0; i < TRACED_SAMPLES; i++) {
		one = take(x, &ws->with[i], false, e, &parts[i], 1);
		ret = ret ? ret : one;
	}
	return ret;
}

static int sample(struct exchange *x, const struct marks *k, u32 runs, u32 port,
		  struct sample *s)
{
	int ret;

	memcpy(x->marks, k->m, sizeof(x->marks));
	ret = exchange_sample(x, runs, port, s);
	memset(x->marks, 0, sizeof(x->marks));
	return ret;
}

/* A stop lengthens the sample that it comes in. */
static void trace_pass_add_time(struct exits *e, const struct sample *s)
{
	e->ntraced++;
	if (!s->stopped)
		e->traced[e->ntimes++] = s->has_value ? s->value : s->guest_ns;
}

static bool goes_on(const struct exchange *x, const struct windows *ws,
		    u32 runs, const struct exits *e, u64 spent)
{
	if (e->ntraced == ws->n)
		return false;
	if (!e->ntraced || spent < PATIENCE_NS)
		return true;
	return x->e->bench->expects && spent < DECLARED_PATIENCE_NS &&
	       (u64)runs * e->ntraced < EXPECT_RUNS_LEAST &&
	       (u64)runs * ws->n >= EXPECT_RUNS_LEAST;
}

static int samples(struct exchange *x, const struct windows *ws, u32 runs,
		   u32 port, struct exits *e)
{
	const struct marks none = { 0 };
	u64 begin = active_ns();
	struct sample s;
	int ret = 0;

	while (!ret && goes_on(x, ws, runs, e, active_ns() - begin)) {
		ret = sample(x, &ws->without, 0, port, &s);
		if (!ret)
			ret = sample(x, &ws->with[e->ntraced], runs, port, &s);
		if (ret)
			break;
		trace_pass_add_time(e, &s);
	}
	/* A machine that was not waited for has closed its window by the time
	 * that it is ready again. */
	if (!ret && x->e->bench->server->first_done)
		ret = sample(x, &none, 0, port, &s);
	return ret;
}

/* Without exactly one window for each sample and guest, the counts mean nothing. */
static bool opens_are_missing(const struct exchange *x, const struct exits *e)
{
	u32 guests = 0;

	for (u32 i = 0; i < x->n; i++)
		guests += x->m[i]->id != HOST_CLIENT_ID;
	return !x->e->bench->marks_itself &&
	       (e->opens != guests * e->ntraced ||
		e->fixed_opens != guests * e->ntraced);
}

static void name(struct trace *t, struct exits *e)
{
	char program[4096];

	e->tier = trace_tier(t);
	e->has_stat = trace_has_stat(t);
	names_fill(trace_names(t), e);
	snprintf(program, sizeof(program), "%.4000s/virtclient", data_dir());
	symbols_fill(program, e);
}

/* Events that mark themselves have a window for each that succeeded. */
static u64 operations(const struct exchange *x, u32 runs, u32 samples,
		      const struct exits *e)
{
	if (x->e->bench->latency && x->e->bench->marks_itself)
		return e->opens;
	return (u64)runs * samples;
}

/* Benchmarks declare their exits with nested paging: shadow page tables add others. */
static bool nested_paging(void)
{
	static const char *const files[] = {
		"/sys/module/kvm_amd/parameters/npt",
		"/sys/module/kvm_intel/parameters/ept",
	};
	bool on = true;
	FILE *f;

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		f = fopen(files[i], "re");
		if (!f)
			continue;
		on &= !strchr("N0", fgetc(f));
		fclose(f);
	}
	return on;
}

static void compare(const struct exchange *x, struct exits *e,
		    struct exits *parts, u32 runs, struct result *res)
{
	for (u32 i = 0; i < e->ntraced; i++) {
		exits_finish(&parts[i], operations(x, runs, 1, &parts[i]));
		names_fill(trace_names(x->s->trace), &parts[i]);
	}
	if (nested_paging() && expect_compare(e, parts, e->ntraced,
					      x->e->bench->expects) == -ENODATA)
		result_note(res,
			    "too few operations to compare their exits (%llu)",
			    (unsigned long long)e->runs);
}

/* What one run takes at least; 0: unknown. */
static double run_ns(const struct result *res)
{
	double least = INFINITY, ns;

	for (size_t i = 0; i < res->nsamples; i++) {
		ns = (double)res->samples[i].guest_ns /
		     fmax(res->samples[i].runs, 1);
		if (ns > 0 && ns < least)
			least = ns;
	}
	return isfinite(least) ? least : 0;
}

/* How many runs a traced sample has, if an untraced one has @runs. */
static u32 traced_runs(const struct benchmark *b, u32 runs, double ns)
{
	u32 want = DECLARED_RUNS;

	if (b->max_runs && b->max_runs < want)
		want = b->max_runs;
	if (!b->expects || runs >= want || want * ns > DECLARED_SAMPLE_NS)
		return runs;
	return want;
}

int trace_pass(struct exchange *x, u32 untraced, u32 port, struct result *res)
{
	u32 runs = traced_runs(x->e->bench, untraced, run_ns(res));
	struct trace *t = x->s->trace;
	struct trace_losses before, after;
	struct exits *e = result_add_exits(res);
	struct exits parts[TRACED_SAMPLES] = { 0 };
	struct windows ws;
	char why[512];
	int ret = 0;

	if (!e)
		return 0;
	/* After a stop of the run, a pass may be repeated. */
	exits_free(e);
	before = trace_losses(t);
	if (trace_attach(t, why, sizeof(why))) {
		result_note(res, "not traced: %s", why);
		return 0;
	}
	if (arm_all(x, &ws))
		ret = samples(x, &ws, runs, port, e);
	else
		exits_broken(e, 1, "no window was free");
	trace_detach(t);
	exits_broken(e, take_all(x, &ws, e, parts) != 0,
		     "no memory for its exits");
	after = trace_losses(t);
	e->lost += after.missed - before.missed + after.full - before.full;
	e->missed_events = after.missed_others - before.missed_others;
	e->unseen_vcpus = after.unseen - before.unseen;
	e->backwards = after.backwards - before.backwards;
	e->foreign_exits = after.foreign - before.foreign;
	e->foreign_markers = after.foreign_markers - before.foreign_markers;
	exits_broken(e, after.stray - before.stray,
		     "a marker with a wrong nonce or window");
	exits_broken(e, !ret && !e->opens, "no marker came");
	exits_broken(e, !ret && e->opens && opens_are_missing(x, e),
		     "a sample without its window");
	exits_finish(e, operations(x, runs, e->ntraced, e));
	if (e->ntimes < e->ntraced)
		result_note(res, "the run was stopped while its exits were "
				 "counted");
	/* A sample with more runs cannot be compared with an untraced sample. */
	if (runs != untraced)
		e->ntimes = 0;
	name(t, e);
	compare(x, e, parts, runs, res);
	for (u32 i = 0; i < TRACED_SAMPLES; i++)
		exits_free(&parts[i]);
	e->traced_runs = runs;
	return ret;
}

/* Kernels of x86-64 and arm64 have the upper half of the addresses. */
static bool in_kernel(u64 rip)
{
	return rip >> 63;
}

static u32 question(const struct exits *e, u32 slot, struct msg_symbols *s)
{
	memset(s, 0, sizeof(*s));
	for (size_t i = 0; i < e->nsites && s->n < SYMBOLS_MAX; i++)
		if (e->sites[i].slot == slot && in_kernel(e->sites[i].rip))
			s->address[s->n++] = e->sites[i].rip;
	return s->n;
}

static void answer(struct exits *e, u32 slot, const struct msg_symbols *s)
{
	for (size_t i = 0; i < e->nsites; i++)
		for (u32 k = 0; k < s->n; k++)
			if (e->sites[i].slot == slot &&
			    e->sites[i].rip == s->address[k])
				snprintf(e->sites[i].function,
					 sizeof(e->sites[i].function), "%s",
					 s->name[k]);
}

int trace_pass_name(struct exchange *x, struct result *res)
{
	struct exits *e = res->exits;
	struct msg_symbols s;
	struct msg m;
	int ret = 0;

	for (u32 i = 0; e && e->nsites && i < x->n && !ret; i++) {
		if (x->m[i]->state != MACHINE_UP || !question(e, i, &s))
			continue;
		msg_put_symbols(&m, &s);
		ret = exchange_ask(x->s, x->m[i], &m);
		if (ret == -EINTR)
			return ret;
		if (!ret && x->m[i]->ch.in.type == MSG_SYMBOLS &&
		    !msg_get_symbols(&x->m[i]->ch.in, &s))
			answer(e, i, &s);
		else
			session_lose(
				x->s, x->m[i],
				ret == -ESRCH ?
					"it ended before it answered a question" :
					"it gave no valid answer to a question");
		ret = 0;
	}
	if (e) {
		kernel_debug_fill(x->s->debug, e);
		exits_merge_sites(e);
	}
	return 0;
}

static int by_value(const void *a, const void *b)
{
	u64 p = *(const u64 *)a, q = *(const u64 *)b;

	return (p > q) - (p < q);
}

void trace_pass_compare(struct result *res)
{
	struct exits *e = res->exits;
	struct sample s = { 0 };
	double v;

	if (!e || !e->ntimes || res->clock == CLOCK_HOST)
		return;
	/* A disturbance only adds to a sample, so the least of each are compared. */
	qsort(e->traced, e->ntimes, sizeof(*e->traced), by_value);
	s.runs = e->traced_runs;
	s.guest_ns = s.value = e->traced[0];
	s.has_value = res->nsamples && res->samples[0].has_value;
	if (!result_operation(res, &s, &v))
		return;
	e->untraced_ns = res->summary.min;
	e->traced_ns = v;
}
