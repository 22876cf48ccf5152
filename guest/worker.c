// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "clock.h"
#include "client.h"
#include "counters.h"
#include "cpus.h"
#include "worker.h"

/*
 * The state of this process: it runs one benchmark and then ends.  It is shared with
 * processes that the benchmark forks: virtbench's waits in one of them for the start,
 * and acks in another one.
 */
struct worker_state {
	struct channel ch;
	struct msg_begin begin;
	int watchdog;
	u32 runs;
	struct trace_mark mark; /* of this sample */
	bool marks_itself;
	bool reachable; /* said so */
	bool started;
	bool acked;
	struct counters before;
	struct stamp start;
};

static struct worker_state idle = { .ch.fd = -1 };
static struct worker_state *w = &idle;

/* virtbench.h */
char *argv0;

static void arm(u32 ms)
{
	struct itimerspec t = {
		.it_value = { .tv_sec = ms / 1000,
			      .tv_nsec = (ms % 1000) * 1000000l },
	};

	timerfd_settime(w->watchdog, 0, &t, NULL);
}

static void say(const struct msg *m)
{
	if (channel_send(w->ch.fd, m))
		exit(EXIT_FAILURE);
}

static void say_text(enum msg_type type, const char *text)
{
	struct msg m;

	msg_text(&m, type, text);
	say(&m);
}

static void hear(void)
{
	int err = channel_recv(&w->ch, NO_DEADLINE);
	char why[MSG_TEXT_MAX];

	if (!err)
		return;
	/* Only the server's end can be told apart from a fault of ours. */
	if (err != -ECONNRESET)
		fprintf(stderr, "the server %s\n",
			channel_error(&w->ch, err, why, sizeof(why)));
	exit(EXIT_FAILURE);
}

bool wait_for_start(int fd)
{
	struct msg m;

	counters_read_machine(&w->before);
	msg_empty(&m, MSG_READY);
	say(&m);
	hear();
	if (w->ch.in.type != MSG_START)
		return false;
	arm(w->begin.run_limit_ms);
	w->started = true;
	counters_read_self(&w->before);
	if (!w->marks_itself)
		marker_begin(w->mark);
	w->start = stamp_begin();
	return true;
}

struct trace_mark bench_trace(int fd)
{
	return w->mark;
}

static void ack(struct msg_done d)
{
	struct msg_counters c;
	struct counters after;
	struct msg m;

	if (!w->started || w->acked)
		bench_fail(w->ch.fd, "an ack without wait_for_start()");
	w->acked = true;
	d.runs = w->runs;
	counters_read_self(&after);
	msg_put_done(&m, &d);
	say(&m);
	counters_read_machine(&after);
	counters_diff(&w->before, &after, &c);
	msg_put_counters(&m, &c);
	say(&m);
}

/* Nothing comes between the last reading of the clocks and the marker. */
static struct stamp stop_clock(void)
{
	struct stamp end = stamp_end();

	if (!w->marks_itself)
		marker_end(w->mark);
	return end;
}

static struct msg_done since_start(struct stamp end)
{
	return (struct msg_done){ .guest_ns = end.ns - w->start.ns,
				  .ticks = end.ticks - w->start.ticks,
				  .clock_ns = end.ns };
}

/* Of the set-up, and once: virtbench's benchmarks all say it. */
static void say_reachable(void)
{
	struct msg m;

	if (w->reachable)
		return;
	w->reachable = true;
	msg_empty(&m, MSG_REACHABLE);
	say(&m);
}

void send_ack(int fd)
{
	if (w->started)
		ack(since_start(stop_clock()));
	else
		say_reachable();
}

void send_ack_value(int fd, u64 total)
{
	struct msg_done d = since_start(stop_clock());

	d.has_value = true;
	d.value = total;
	ack(d);
}

void send_ack_events(int fd, const u64 *events, u32 n, u64 cost)
{
	struct msg_done d = since_start(stop_clock());

	if (n > EVENTS_MAX || n > w->runs)
		bench_fail(fd, "%u events of %u runs", n, w->runs);
	d.has_value = true;
	d.value = w->runs ? 0 : cost;
	for (d.nevents = 0; d.nevents < n; d.nevents++) {
		d.events[d.nevents] = events[d.nevents];
		d.value += events[d.nevents];
	}
	ack(d);
}

void send_ack_timed(int fd, u64 ns, u64 ticks)
{
	struct msg_done d = since_start(stop_clock());

	d.guest_ns = ns;
	d.ticks = ticks;
	ack(d);
}

bool stop_requested(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, 0) > 0;
}

void wait_for_stop(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	while (poll(&p, 1, -1) < 0 && errno == EINTR)
		;
}

u64 server_time(int fd)
{
	struct msg m;
	u64 ns;

	msg_empty(&m, MSG_TIME);
	say(&m);
	hear();
	if (w->ch.in.type != MSG_TIME || msg_get_time(&w->ch.in, &ns))
		bench_fail(fd, "the server did not send its time");
	return ns;
}

static void __attribute__((noreturn))
end_with(enum msg_type type, const char *text)
{
	/* serve.c only asks the benchmark whether it can run. */
	if (w->ch.fd < 0) {
		fprintf(stderr, "%s\n", text);
		_exit(EXIT_FAILURE);
	}
	say_text(type, text);
	_exit(EXIT_SUCCESS);
}

void bench_skip(int fd, const char *fmt, ...)
{
	char text[MSG_TEXT_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	end_with(MSG_SKIP, text);
}

void bench_fail(int fd, const char *fmt, ...)
{
	char text[MSG_TEXT_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	end_with(MSG_FAIL, text);
}

/*
 * It may return without an ack when the server wants it to stop.  In a benchmark
 * that ends with the first machine, the other machine may say so before the
 * server does.
 */
static void check_no_ack(const struct topology *t)
{
	struct pollfd p = { .fd = w->ch.fd, .events = POLLIN };

	arm(0);
	if (poll(&p, 1, t->first_done ? (int)w->begin.run_limit_ms : 0) > 0)
		return;
	bench_fail(w->ch.fd, "returned without send_ack()%s",
		   t->first_done ? ", and the other machine is not done" : "");
}

const char *worker_should_not_run(struct benchmark *b)
{
	const char *(*asks)(const char *platform, struct benchmark *bench);
	const char *platform = getenv(ENV_BACKEND);

	if (!b->should_not_run || !b->server->asks_platform)
		return b->should_not_run ? b->should_not_run(b) : NULL;
	asks = (const char *(*)(const char *, struct benchmark *))(
		       void (*)(void))b->should_not_run;
	return asks(platform ? platform : "", b);
}

static void sample(const struct bench_entry *e)
{
	struct msg_setup s;

	if (msg_get_setup(&w->ch.in, &s))
		bench_fail(w->ch.fd, "the server sent a malformed SETUP");
	w->runs = s.runs;
	w->mark = s.mark;
	w->marks_itself = e->bench->marks_itself;
	w->reachable = w->started = w->acked = false;
	arm(w->begin.setup_limit_ms);
	e->bench->client(w->ch.fd, s.runs, e->bench,
			 s.has_pair ? &s.pair : NULL);
	/* Its window must not stay open. */
	if (w->started && !w->acked && !w->marks_itself)
		marker_end(w->mark);
	if (w->started && !w->acked)
		check_no_ack(e->bench->server);
	arm(0);
}

static void worker_share_state(void)
{
	void *shared = mmap(NULL, sizeof(*w), PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	/* Without memory, only benchmarks of one process work. */
	if (shared != MAP_FAILED)
		w = shared;
}

void worker_run(int fd, const struct bench_entry *e,
		const struct msg_begin *begin, int watchdog)
{
	char few[MSG_TEXT_MAX];
	const char *why;

	worker_share_state();
	channel_init(&w->ch, fd);
	argv0 = (char *)bench_exe();
	w->begin = *begin;
	w->watchdog = watchdog;
	arm(begin->setup_limit_ms);
	why = cpus_too_few(e->bench, few, sizeof(few));
	if (!why)
		why = worker_should_not_run(e->bench);
	if (why)
		bench_skip(fd, "%s", why);
	/*
	 * Where the scheduler puts the two ends of a pipe makes 3 us or 23 us
	 * of a context switch.  In a pair of processes (backend local) both
	 * get the same CPU: across two, the wake-up of an idle one is most of
	 * a round trip, and its floor moved by a third from run to run.
	 */
	if (e->bench->vcpus <= 1)
		bind_thread_in_turn(begin->spell);
	counters_open();
	arm(0);
	for (;;) {
		hear();
		if (w->ch.in.type == MSG_SETUP)
			sample(e);
		/* Also where END was the answer to READY. */
		if (w->ch.in.type == MSG_END)
			exit(EXIT_SUCCESS);
	}
}
