// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "../bench/clock.h"
#include "active.h"
#include "exchange.h"
#include "net.h"
#include "placement.h"
#include "say.h"

/* The guest ends a benchmark at its limit by itself; this is how long that may take. */
#define MARGIN_S 5
#define COUNTERS_S 5
/*
 * How much of the set-up limit the second machine of a pair waits for the first.  A
 * busy first machine takes long; the rest is for the set-up that follows.
 */
#define REACHABLE_PART 0.5

static u64 in_seconds(double s)
{
	return active_ns() + s * NSEC_PER_SEC;
}

static int over(struct exchange *x, enum result_status verdict, const char *fmt,
		...)
{
	va_list ap;

	if (x->verdict != RESULT_OK)
		return -ECANCELED;
	x->verdict = verdict;
	va_start(ap, fmt);
	vsnprintf(x->reason, sizeof(x->reason), fmt, ap);
	va_end(ap);
	return -ECANCELED;
}

static int lost(struct exchange *x, struct machine *m, int err)
{
	char what[MSG_TEXT_MAX / 2] = "ended";

	if (err != -ESRCH)
		channel_error(&m->ch, err, what, sizeof(what));
	over(x, RESULT_FAILED, "%s %s", machine_label(m), what);
	session_lose(x->s, m, "it %s during %s/%s", what, x->e->group,
		     x->e->bench->name);
	return -ECANCELED;
}

static int tell(struct exchange *x, struct machine *m, const struct msg *msg)
{
	int ret;

	if (m->state != MACHINE_UP)
		return -ECANCELED;
	ret = channel_send(m->ch.fd, msg);
	return ret ? lost(x, m, ret) : 0;
}

static int tell_empty(struct exchange *x, struct machine *m, enum msg_type type)
{
	struct msg msg;

	msg_empty(&msg, type);
	return tell(x, m, &msg);
}

static int exchange_invalid(struct exchange *x, struct machine *m)
{
	over(x, RESULT_FAILED, "%s sent a %s message that makes no sense here",
	     machine_label(m), msg_type_name(m->ch.in.type));
	session_lose(x->s, m, "it sent an invalid message during %s/%s",
		     x->e->group, x->e->bench->name);
	return -ECANCELED;
}

static int verdict_of(struct exchange *x, struct machine *m,
		      enum result_status verdict)
{
	char text[MSG_TEXT_MAX];

	if (msg_get_text(&m->ch.in, text, sizeof(text)))
		return exchange_invalid(x, m);
	if (x->n > 1 && verdict == RESULT_FAILED)
		return over(x, verdict, "%s: %.400s", machine_label(m), text);
	return over(x, verdict, "%s", text);
}

static int told_time(struct exchange *x, struct machine *m)
{
	struct msg reply;

	msg_time(&reply, clock_ns());
	return tell(x, m, &reply);
}

static int take_done(struct exchange *x, struct machine *m, u32 slot)
{
	x->pair[slot].host_ns = clock_ns();
	if (msg_get_done(&m->ch.in, &m->result))
		return exchange_invalid(x, m);
	/* Other benchmarks keep samples, not each event. */
	if (m->result.nevents && !x->e->bench->latency)
		return exchange_invalid(x, m);
	x->pair[slot].guest_ns = m->result.clock_ns;
	m->done = true;
	return 0;
}

static int take_counters(struct exchange *x, struct machine *m)
{
	if (msg_get_counters(&m->ch.in, &m->counters))
		return exchange_invalid(x, m);
	m->counted = true;
	return 0;
}

static int take_reachable(struct exchange *x, struct machine *m)
{
	m->reachable = true;
	if (!m->ready)
		return 0;
	return over(x, RESULT_FAILED,
		    "%s: the process that acks is not the one that waited for "
		    "the start",
		    machine_label(m));
}

static int take(struct exchange *x, u32 slot)
{
	struct machine *m = x->m[slot];

	switch (m->ch.in.type) {
	case MSG_REACHABLE:
		return take_reachable(x, m);
	case MSG_READY:
		/* Earlier messages belonged to the last sample. */
		m->ready = true;
		m->done = m->counted = false;
		return 0;
	case MSG_DONE:
		return take_done(x, m, slot);
	case MSG_COUNTERS:
		return take_counters(x, m);
	case MSG_TIME:
		return told_time(x, m);
	case MSG_SKIP:
		return verdict_of(x, m, RESULT_SKIPPED);
	case MSG_FAIL:
		return verdict_of(x, m, RESULT_FAILED);
	case MSG_ENDED:
		m->busy = false;
		return over(x, RESULT_FAILED,
			    "%s ended the benchmark by itself",
			    machine_label(m));
	default:
		return exchange_invalid(x, m);
	}
}

/*
 * Each machine takes two places in a poll: its connection, and its process, which
 * is readable when it has ended.
 */
#define WATCHED 2
/* How long the last words of a process that has ended may be under way. */
#define LAST_WORDS_MS 200

static void watch(const struct machine *m, struct pollfd p[WATCHED])
{
	bool up = m->state == MACHINE_UP;

	p[0] = (struct pollfd){ .fd = up ? m->ch.fd : -1, .events = POLLIN };
	p[1] = (struct pollfd){ .fd = up ? m->pidfd : -1, .events = POLLIN };
}

/*
 * Returns what channel_poll() returns, or -ESRCH if the process has ended and left
 * nothing to read.
 */
static int hear_one(struct machine *m, const struct pollfd p[WATCHED])
{
	struct pollfd last = { .fd = m->ch.fd, .events = POLLIN };
	int ret;

	if (p[0].revents)
		return channel_poll(&m->ch);
	if (!p[1].revents)
		return 0;
	poll(&last, 1, LAST_WORDS_MS);
	ret = channel_poll(&m->ch);
	return ret ? ret : -ESRCH;
}

/*
 * Takes whatever has arrived from any machine, at least one message: 0,
 * -ETIMEDOUT, or as the exported functions.
 */
static int hear(struct exchange *x, u64 deadline)
{
	struct pollfd p[PARTNERS_MAX * WATCHED + 1];
	bool any = false;
	int ret;

	while (!any) {
		/* First of all: a guest that talks all the time is overdue
		 * as well as one that is silent. */
		if (active_ns() >= deadline)
			return -ETIMEDOUT;
		for (u32 i = 0; i < x->n; i++)
			watch(x->m[i], &p[i * WATCHED]);
		ret = session_poll(x->s, p, x->n * WATCHED, deadline);
		if (ret < 0)
			return ret;
		for (u32 i = 0; i < x->n; i++) {
			if (x->m[i]->state != MACHINE_UP)
				continue;
			ret = hear_one(x->m[i], &p[i * WATCHED]);
			if (ret < 0)
				return lost(x, x->m[i], ret);
			any |= ret || p[i * WATCHED].revents;
			if (ret && (ret = take(x, i)) < 0)
				return ret;
		}
	}
	return 0;
}

static int too_long(struct exchange *x, const char *what, double limit)
{
	char who[64] = "";

	for (u32 i = 0; i < x->n; i++)
		if (!x->m[i]->done)
			snprintf(who, sizeof(who), "%s",
				 machine_label(x->m[i]));
	return over(x, RESULT_FAILED, "%s hangs: %s did not end within %.3g s",
		    who, what, limit + MARGIN_S);
}

static int wait_ready(struct exchange *x)
{
	double limit = x->s->set.setup_limit_s;
	u64 deadline = in_seconds(limit + MARGIN_S);
	u32 ready;
	int ret;

	for (;;) {
		ready = 0;
		for (u32 i = 0; i < x->n; i++)
			ready += x->m[i]->ready;
		if (ready == x->n)
			return 0;
		ret = hear(x, deadline);
		if (ret == -ETIMEDOUT)
			return too_long(x, "its set-up", limit);
		if (ret)
			return ret;
	}
}

/* The machines that are done, as bits. */
static u32 who_is_done(const struct exchange *x)
{
	u32 done = 0;

	for (u32 i = 0; i < x->n; i++)
		if (x->m[i]->done)
			done |= 1u << i;
	return done;
}

static int wait_done(struct exchange *x)
{
	double limit = x->s->set.run_limit_s;
	u64 deadline = in_seconds(limit + MARGIN_S);
	u32 enough = x->e->bench->server->first_done ? 1 : x->n;
	int ret;

	while ((u32)__builtin_popcount(who_is_done(x)) < enough) {
		ret = hear(x, deadline);
		if (ret == -ETIMEDOUT)
			return too_long(x, "a run", limit);
		if (ret)
			return ret;
	}
	return 0;
}

/* They follow DONE at once, outside of what is timed. */
static int wait_counters(struct exchange *x, u32 done)
{
	u64 deadline = in_seconds(COUNTERS_S);
	int ret;

	for (u32 i = 0; i < x->n; i++)
		while (done & 1u << i && !x->m[i]->counted) {
			ret = hear(x, deadline);
			if (ret == -ETIMEDOUT)
				return lost(x, x->m[i], ret);
			if (ret)
				return ret;
		}
	return 0;
}

/* Of all machines, the host's own client aside; false where one's is unknown. */
static bool host_delay(const struct exchange *x, u64 *sum)
{
	bool known = true;

	*sum = 0;
	for (u32 i = 0; i < x->n; i++)
		if (x->m[i] != &x->s->host)
			known &= hostsched_delay(&x->m[i]->sched, sum);
	return known;
}

/*
 * virtbench's benchmarks try to connect once, so the first machine must listen by
 * then.  Some never report that it does: their second machine tries until it can
 * connect, and from the first time-out on it no longer waits here.
 */
static int wait_reachable(struct exchange *x)
{
	const struct machine *first = x->m[0];
	u64 deadline = in_seconds(x->s->set.setup_limit_s * REACHABLE_PART);
	int ret;

	while (!x->at_once && !first->reachable && !first->ready) {
		ret = hear(x, deadline);
		if (ret == -ETIMEDOUT)
			x->at_once = true;
		else if (ret)
			return ret;
	}
	return 0;
}

static int set_up_one(struct exchange *x, u32 slot, u32 runs, u32 port)
{
	struct machine *m = x->m[slot];
	struct msg_setup setup = {
		.runs = runs,
		.has_pair = x->n > 1,
		.pair = { .yourip = m->hello.addr,
			  .otherip = x->m[x->n - 1 - slot]->hello.addr,
			  .start = slot == 0,
			  .port = port },
		.mark = x->marks[slot],
	};
	struct msg msg;

	msg_put_setup(&msg, &setup);
	return tell(x, m, &msg);
}

static int set_up(struct exchange *x, u32 runs, u32 port)
{
	int ret = 0;

	for (u32 i = 0; i < x->n; i++)
		x->m[i]->reachable = x->m[i]->ready = x->m[i]->done =
			x->m[i]->counted = false;
	for (u32 i = 0; i < x->n && !ret; i++) {
		ret = set_up_one(x, i, runs, port);
		if (!ret && i + 1 < x->n)
			ret = wait_reachable(x);
	}
	return ret ? ret : wait_ready(x);
}

/* Of the machines that are done: the last one's time, or the only one's. */
static void collect(const struct exchange *x, u32 done, struct sample *s)
{
	for (u32 i = 0; i < x->n; i++) {
		const struct machine *m = x->m[i];

		if (!(done & 1u << i))
			continue;
		if (m->result.guest_ns > s->guest_ns) {
			s->guest_ns = m->result.guest_ns;
			s->ticks = m->result.ticks;
		}
		if (m->result.has_value) {
			s->has_value = true;
			s->value = m->result.value;
		}
		s->counters.preempted += m->counters.preempted;
		s->counters.migrated += m->counters.migrated;
		s->counters.run_delay_ns += m->counters.run_delay_ns;
		s->counters.steal_ns += m->counters.steal_ns;
		s->counters.interrupts += m->counters.interrupts;
	}
}

int exchange_sample(struct exchange *x, u32 runs, u32 port,
		    struct sample *sample)
{
	u64 before, delay, begin, end = 0;
	u32 done, changes = active_changes();
	int ret;

	memset(sample, 0, sizeof(*sample));
	ret = set_up(x, runs, port);
	if (ret)
		return ret;
	sample->has_host_delay = host_delay(x, &before);
	begin = clock_ns();
	for (u32 i = 0; i < x->n && !ret; i++)
		ret = tell_empty(x, x->m[i], MSG_START);
	if (!ret)
		ret = wait_done(x);
	if (ret)
		return ret;
	sample->has_host_delay &= host_delay(x, &delay);
	if (sample->has_host_delay)
		sample->host_delay_ns = delay - before;
	/* The sample did not wait for a machine that is done after STOP. */
	done = who_is_done(x);
	for (u32 i = 0; i < x->n; i++)
		if (done & 1u << i && x->pair[i].host_ns > end)
			end = x->pair[i].host_ns;
	for (u32 i = 0; i < x->n && !ret; i++)
		if (!(done & 1u << i))
			ret = tell_empty(x, x->m[i], MSG_STOP);
	if (!ret)
		ret = wait_counters(x, done);
	sample->runs = runs;
	sample->host_ns = end - begin;
	collect(x, done, sample);
	sample->stopped = active_changes() != changes;
	return ret;
}

int exchange_begin(struct exchange *x)
{
	struct msg_begin begin = {
		.spell = x->spell,
		.setup_limit_ms = x->s->set.setup_limit_s * 1000,
		.run_limit_ms = x->s->set.run_limit_s * 1000,
	};
	struct msg msg;
	int ret = 0;

	bench_full_name(x->e, begin.name, sizeof(begin.name));
	for (u32 i = 0; i < x->n && !ret; i++) {
		msg_put_begin(&msg, &begin);
		ret = tell(x, x->m[i], &msg);
		x->m[i]->busy = !ret;
		placement_look(x->s, x->m[i]);
	}
	return ret;
}

int exchange_ask(struct session *s, struct machine *m,
		 const struct msg *question)
{
	u64 deadline = in_seconds(s->set.setup_limit_s + s->set.run_limit_s);
	struct pollfd p[WATCHED + 1];
	int ret;

	ret = channel_send(m->ch.fd, question);
	while (!ret) {
		watch(m, p);
		ret = session_poll(s, p, WATCHED, deadline);
		if (ret < 0)
			return ret;
		ret = hear_one(m, p);
		if (!ret && active_ns() > deadline)
			ret = -ETIMEDOUT;
	}
	return ret == 1 ? 0 : ret;
}

/* Discards what was under way up to ENDED: 0, -EINTR or -ECANCELED. */
static int await_ended(struct exchange *x, struct machine *m, u64 deadline)
{
	struct pollfd p[WATCHED + 1];
	int ret;

	while (m->state == MACHINE_UP && m->busy) {
		watch(m, p);
		ret = session_poll(x->s, p, WATCHED, deadline);
		if (ret < 0)
			return ret;
		/* This also ends a guest that never stops sending. */
		ret = active_ns() >= deadline ? -ETIMEDOUT : hear_one(m, p);
		if (ret < 0)
			return lost(x, m, ret);
		if (!ret)
			continue;
		if (m->ch.in.type == MSG_TIME)
			told_time(x, m);
		/* Why it failed may come after the other machine's complaint
		 * that it did. */
		if (m->ch.in.type == MSG_FAIL)
			verdict_of(x, m, RESULT_FAILED);
		m->busy = m->ch.in.type != MSG_ENDED;
	}
	return 0;
}

int exchange_end(struct exchange *x)
{
	double limit = x->s->set.setup_limit_s + x->s->set.run_limit_s;
	u64 deadline = in_seconds(limit + MARGIN_S);
	int ret = 0;

	for (u32 i = 0; i < x->n; i++)
		if (x->m[i]->state == MACHINE_UP && x->m[i]->busy)
			tell_empty(x, x->m[i], MSG_END);
	for (u32 i = 0; i < x->n; i++)
		if (await_ended(x, x->m[i], deadline) == -EINTR)
			ret = -EINTR;
	return ret;
}
