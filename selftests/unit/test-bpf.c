// SPDX-License-Identifier: GPL-2.0-only
/*
 * How the BPF programs count: their very text, with what the kernel gives to them
 * made up here.
 */
#include "unit.h"

#include <limits.h>
#include <linux/bpf.h>
#include <pthread.h>
#include <signal.h>
#include <ucontext.h>

#include "../../user/trace-memory.h"

#define VBENCH_BPF_MEMORY_H
#define __noinline __attribute__((noinline))
#ifndef __always_inline
#define __always_inline inline __attribute__((always_inline))
#endif

static u32 nwindows = 1, running = 1, places_full;
static _Bool want_rip = 1, soft, preemptible;
static u64 table_full, unseen_vcpus, backwards, clock_now, clock_step, pid_tgid;
static u32 tids[TRACE_VCPUS];
static struct trace_vcpu vcpus[TRACE_VCPUS];
static struct trace_window windows;
static struct trace_rips rips;

#define KEYS (8 * TRACE_VCPUS)
static struct map {
	u32 max, n, key[KEYS], value[KEYS];
} places = { .max = TRACE_VCPUS }, unseen = { .max = 4 * TRACE_VCPUS };

static u32 *map_find(struct map *m, u32 key)
{
	for (u32 i = 0; i < m->n; i++)
		if (m->key[i] == key)
			return &m->value[i];
	return NULL;
}

static void *bpf_map_lookup_elem(void *map, const void *key)
{
	if (map == &windows || map == &rips)
		return map;
	return map_find(map, *(const u32 *)key);
}

static long bpf_map_update_elem(void *map, const void *key, const void *value,
				u64 flags)
{
	struct map *m = map;

	if (m->n == m->max || map_find(m, *(const u32 *)key))
		return flags == BPF_NOEXIST ? -1 : -2;
	m->key[m->n] = *(const u32 *)key;
	m->value[m->n++] = *(const u32 *)value;
	return 0;
}

static long bpf_map_delete_elem(void *map, const void *key)
{
	struct map *m = map;
	u32 *value = map_find(m, *(const u32 *)key), at;

	if (!value)
		return -1;
	at = value - m->value;
	m->key[at] = m->key[--m->n];
	m->value[at] = m->value[m->n];
	return 0;
}

static u64 bpf_ktime_get_ns(void)
{
	return clock_now += clock_step;
}

static u64 bpf_get_current_pid_tgid(void)
{
	return pid_tgid;
}

#include "../../bpf/cells.h"

#define MSR_EXIT TRACE_WHAT(TRACE_ISA_SVM, 0x7c)
#define IO_EXIT TRACE_WHAT(TRACE_ISA_SVM, 0x7b)
#define MSR(n) TRACE_DETAIL(TRACE_MSR, n)

static struct trace_vcpu *v = &vcpus[3];

static int set_up(void **state)
{
	(void)state;
	memset(&windows, 0, sizeof(windows));
	memset(&rips, 0, sizeof(rips));
	memset(vcpus, 0, sizeof(vcpus));
	memset(tids, 0, sizeof(tids));
	places.n = unseen.n = places_full = 0;
	table_full = unseen_vcpus = backwards = clock_step = 0;
	preemptible = 0;
	windows.id = 1;
	*v = (struct trace_vcpu){ .place = 3, .window = 1, .state = VCPU_OPEN };
	return 0;
}

static void exit_of(u64 what, u64 detail, u64 rip)
{
	v->what = what;
	v->detail = detail;
	v->rip = rip;
	v->ns[PHASE_KERNEL] = 7;
	count(v->place);
}

static const struct exit_cell *cell(u64 what, u64 detail)
{
	for (u32 i = 0; i < TRACE_CELLS; i++)
		if (windows.cell[i].what == what &&
		    windows.cell[i].detail == detail)
			return &windows.cell[i];
	return NULL;
}

/* 10,000 kinds of exits, one of them again and again, and that one last to begin:
 * it has a place, and its error covers those that it missed.  No exit and no
 * nanosecond is lost, and none changes its reason. */
static void the_heavy_one_keeps_its_place(void **state)
{
	u64 sum = 0, ns = 0, heavy = MSR(0xc0000080), n = 0;
	const struct exit_cell *c;
	const struct rip_cell *place = NULL;

	(void)state;
	for (u32 i = 0; i < 10000; i++) {
		exit_of(MSR_EXIT, MSR(i), 0x1000 + i);
		if (i < 5000)
			continue;
		exit_of(MSR_EXIT, heavy, 0x99);
		n++;
	}
	c = cell(MSR_EXIT, heavy);
	assert_non_null(c);
	assert_true(c->count > n / 2);
	assert_true(c->count <= n && c->count + c->missed >= n);
	assert_non_null(cell(MSR_EXIT, TRACE_DETAIL(TRACE_CROWDED, 0)));
	for (u32 i = 0; i < TRACE_CELLS; i++) {
		assert_true(!windows.cell[i].count ||
			    windows.cell[i].what == MSR_EXIT);
		sum += windows.cell[i].count;
		ns += windows.cell[i].ns[PHASE_KERNEL];
	}
	assert_int_equal(sum, 10000 + n);
	assert_int_equal(ns, 7 * (10000 + n));
	assert_int_equal(windows.over.count, 0);
	for (u32 i = 0; i < TRACE_RIPS; i++)
		if (rips.cell[i].rip == 0x99)
			place = &rips.cell[i];
	assert_non_null(place);
	assert_true(place->count <= n && place->count + place->missed >= n);
}

/* Where there is room nothing is missed. */
static void a_few_are_exact(void **state)
{
	(void)state;
	for (u32 k = 0; k < 100; k++)
		for (u32 i = 0; i < 40; i++)
			exit_of(MSR_EXIT, MSR(i), i);
	for (u32 i = 0; i < 40; i++) {
		assert_int_equal(cell(MSR_EXIT, MSR(i))->count, 100);
		assert_int_equal(cell(MSR_EXIT, MSR(i))->missed, 0);
	}
	assert_int_equal(rips.over, 0);
}

static void attempts_count_when_they_succeed(void **state)
{
	(void)state;
	v->tentative = 1;
	exit_of(MSR_EXIT, MSR(1), 0x10);
	exit_of(MSR_EXIT, MSR(1), 0x10);
	exit_of(IO_EXIT, 0, 0x20);
	assert_null(cell(MSR_EXIT, MSR(1)));
	unstage_all(1, 0);
	assert_null(cell(MSR_EXIT, MSR(1)));
	exit_of(MSR_EXIT, MSR(1), 0x10);
	unstage_all(1, 1);
	assert_int_equal(cell(MSR_EXIT, MSR(1))->count, 1);
	assert_int_equal(cell(MSR_EXIT, MSR(1))->ns[PHASE_KERNEL], 7);
	assert_null(cell(IO_EXIT, 0));
	unstage_all(1, 1);
	assert_int_equal(cell(MSR_EXIT, MSR(1))->count, 1);
	/* More kinds than it can hold are lost, and counted as that. */
	for (u32 i = 0; i < TRACE_STAGE + 5; i++)
		exit_of(MSR_EXIT, MSR(i), i);
	unstage_all(1, 1);
	assert_int_equal(windows.over.count, 5);
	assert_int_equal(rips.over, 5);
}

/* Registers of an encrypted guest are none, and a signal is no exit. */
static void what_has_no_place(void **state)
{
	(void)state;
	exit_of(MSR_EXIT, MSR(1), TRACE_RIP_HIDDEN);
	exit_of(TRACE_WHAT(TRACE_ISA_SIGNAL, 0), 0, 0x10);
	assert_int_equal(rips.hidden, 1);
	for (u32 i = 0; i < TRACE_RIPS; i++)
		assert_int_equal(rips.cell[i].what, 0);
	assert_int_equal(windows.exits, 1);
	assert_int_equal(cell(TRACE_WHAT(TRACE_ISA_SIGNAL, 0), 0)->count, 1);
}

/* All of them, also where their ids are alike; of one more it is said once. */
static void as_many_threads_as_places(void **state)
{
	(void)state;
	for (u32 i = 1; i <= TRACE_VCPUS; i++)
		assert_non_null(find_or_add(i << 12));
	assert_int_equal(table_full, 0);
	for (u32 i = 1; i <= TRACE_VCPUS; i++)
		assert_int_equal(tids[find(i << 12)->place], i << 12);
	assert_null(find_or_add(5));
	assert_null(find_or_add(5));
	assert_null(find_or_add(7));
	assert_int_equal(table_full, 3);
	assert_int_equal(unseen_vcpus, 2);
	forget(9 << 12);
	assert_null(find(9 << 12));
	assert_non_null(find_or_add(5));
	assert_int_equal(unseen_vcpus, 2);
}

/* The clock was read, and then the scheduler came. */
static void no_time_before_its_beginning(void **state)
{
	(void)state;
	v->moment = TRACE_MOMENT(1000, PHASE_KERNEL);
	set_phase(v, PHASE_VMM, 900);
	assert_int_equal(v->ns[PHASE_KERNEL], 0);
	assert_int_equal(since(v), 1000);
	assert_int_equal(backwards, 1);
	clock_now = 1500;
	assert_int_equal(enter_phase_now(v, PHASE_GUEST).at, 1500);
	assert_int_equal(v->ns[PHASE_VMM], 500);
	assert_int_equal(backwards, 1);
}

#ifdef __x86_64__
#define AWAY_NS 100000
/* Each step is a signal: instructions, evenly spread, that are preempted. */
#define PREEMPTIONS 128
#define TRAP_FLAG 0x100

static long step, preempted_at;

/* After each instruction, up to that one after which the thread is descheduled. */
static void on_step(int signal, siginfo_t *info, void *context)
{
	ucontext_t *c = context;

	(void)signal;
	(void)info;
	if (step++ != preempted_at)
		return;
	sched_out(v);
	clock_now += AWAY_NS;
	sched_in(v);
	c->uc_mcontext.gregs[REG_EFL] &= ~TRAP_FLAG;
}

/* From the next instruction but one (SDM vol. 3B, 18.3.1.4); clear of the red zone. */
static __always_inline void begin_steps(void)
{
	__asm__ __volatile__("lea -128(%%rsp), %%rsp\n\t"
			     "pushfq\n\t"
			     "orq %0, (%%rsp)\n\t"
			     "popfq\n\t"
			     "lea 128(%%rsp), %%rsp"
			     :
			     : "i"(TRAP_FLAG)
			     : "memory", "cc");
}

static __always_inline void end_steps(void)
{
	__asm__ __volatile__("lea -128(%%rsp), %%rsp\n\t"
			     "pushfq\n\t"
			     "andq %0, (%%rsp)\n\t"
			     "popfq\n\t"
			     "lea 128(%%rsp), %%rsp"
			     :
			     : "i"(~TRAP_FLAG)
			     : "memory", "cc");
}

/* Two exits, of which one goes to the VMM. */
static void two_exits(void)
{
	enter_phase_now(v, PHASE_KERNEL);
	v->what = IO_EXIT;
	v->user_exits++;
	enter_phase_now(v, PHASE_VMM);
	v->run_at = bpf_ktime_get_ns();
	enter_phase_now(v, PHASE_GUEST);
	count(v->place);
	enter_phase_now(v, PHASE_KERNEL);
	v->what = MSR_EXIT;
	enter_phase_now(v, PHASE_GUEST);
	count(v->place);
}

static u64 booked(u32 phase)
{
	u64 sum = v->ns[phase];

	for (u32 i = 0; i < TRACE_CELLS; i++)
		sum += windows.cell[i].ns[phase];
	return sum;
}

/* No nanosecond is booked twice, or not at all. */
static void preempt_after(void **state, long steps)
{
	u64 begin, all = 0, away;

	set_up(state);
	preemptible = 1;
	clock_step = 10;
	begin = clock_now;
	v->moment = TRACE_MOMENT(begin, PHASE_GUEST);
	step = 0;
	preempted_at = steps;
	begin_steps();
	two_exits();
	end_steps();
	away = preempted_at < step ? AWAY_NS + clock_step : 0;
	for (u32 phase = 0; phase < PHASES; phase++)
		all += booked(phase);
	assert_int_equal(all, since(v) - begin);
	assert_int_equal(booked(PHASE_SCHED), away);
	assert_int_equal(phase_of(v), PHASE_GUEST);
	assert_int_equal(windows.exits, 2);
}

static void preempted_anywhere(void **state)
{
	struct sigaction a = { .sa_sigaction = on_step,
			       .sa_flags = SA_SIGINFO };
	struct sigaction old;
	long all;

	sigaction(SIGTRAP, &a, &old);
	preempt_after(state, LONG_MAX);
	all = step;
	assert_true(all > 100);
	for (long i = 0; i < PREEMPTIONS; i++)
		preempt_after(state, all * i / PREEMPTIONS);
	sigaction(SIGTRAP, &old, NULL);
}
#else
static void preempted_anywhere(void **state)
{
	(void)state;
	skip();
}
#endif

static struct trace_memory memory = {
	.windows = &windows,
	.rips = &rips,
	.n = 1,
	.tids = tids,
	.vcpus = vcpus,
};

static bool places_changed(u64 detail, u64 rip)
{
	u64 before = windows.turnover;

	exit_of(MSR_EXIT, detail, rip);
	assert_int_equal(windows.turnover & 1, 0);
	return windows.turnover != before;
}

static void a_change_of_places_is_told(void **state)
{
	u32 n = 0;

	(void)state;
	assert_false(places_changed(MSR(7), 7));
	assert_false(places_changed(MSR(7), 7));
	for (u32 i = 0; i < 10000; i++)
		n += places_changed(MSR(i), 7);
	assert_true(n >= 10000 - TRACE_DETAILED && n < 10000);
	for (u32 i = 0; i < 10000; i++)
		n += places_changed(0, 0x1000 + i);
	assert_true(n >= 20000 - TRACE_DETAILED - TRACE_RIPS && n < 20000);
}

/* A reader that always meets a change gives up, and says so. */
static void what_never_rests_is_mixed(void **state)
{
	struct trace_window w;

	(void)state;
	windows.vm = 0x1000;
	exit_of(MSR_EXIT, MSR(1), 1);
	assert_true(memory_peek(&memory, 0, 0, &w, NULL));
	assert_false(memory_is_mixed(&w));
	turn_over(&windows);
	assert_true(memory_peek(&memory, 0, 0, &w, NULL));
	assert_true(memory_is_mixed(&w));
	turn_over(&windows);
	assert_true(memory_peek(&memory, 0, 0, &w, NULL));
	assert_false(memory_is_mixed(&w));
}

static bool churn_ends;
static u32 churned;

/* Each detail once, and its number tells how long it took. */
#define CHURN_NS(n) (1ull << (n) % 61)

static void *churn(void *arg)
{
	for (u32 n = 0; !__atomic_load_n(&churn_ends, __ATOMIC_RELAXED); n++) {
		v->ns[PHASE_VMM] = CHURN_NS(n);
		exit_of(MSR_EXIT, MSR(n), n);
		/* Between two changes there is time to read. */
		for (u32 i = 0; i < n % 1024; i++)
			exit_of(IO_EXIT, 0, 0);
		__atomic_store_n(&churned, n, __ATOMIC_RELAXED);
	}
	return arg;
}

/* An exit may be booked in part, but all that is booked is its own. */
static bool is_own(const struct exit_cell *c)
{
	u64 ns = c->ns[PHASE_VMM];

	return c->what != MSR_EXIT ||
	       TRACE_DETAIL_KIND(c->detail) == TRACE_CROWDED ||
	       (c->count <= 1 &&
		(!ns || ns == CHURN_NS(TRACE_DETAIL_VALUE(c->detail))));
}

static void a_copy_mixes_no_kinds(void **state)
{
	struct trace_window w;
	u32 whole = 0, wrong = 0;
	pthread_t t;

	(void)state;
	windows.vm = 0x1000;
	churn_ends = false;
	churned = 0;
	assert_int_equal(pthread_create(&t, NULL, churn, NULL), 0);
	while (whole < 20000 ||
	       __atomic_load_n(&churned, __ATOMIC_RELAXED) < 20000) {
		assert_true(memory_peek(&memory, 0, 0, &w, NULL));
		if (memory_is_mixed(&w))
			continue;
		whole++;
		for (u32 i = 0; i < TRACE_CELLS; i++)
			wrong += !is_own(&w.cell[i]);
	}
	__atomic_store_n(&churn_ends, true, __ATOMIC_RELAXED);
	pthread_join(t, NULL);
	assert_int_equal(wrong, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(the_heavy_one_keeps_its_place, set_up),
		cmocka_unit_test_setup(a_few_are_exact, set_up),
		cmocka_unit_test_setup(attempts_count_when_they_succeed,
				       set_up),
		cmocka_unit_test_setup(what_has_no_place, set_up),
		cmocka_unit_test_setup(as_many_threads_as_places, set_up),
		cmocka_unit_test_setup(no_time_before_its_beginning, set_up),
		cmocka_unit_test_setup(preempted_anywhere, set_up),
		cmocka_unit_test_setup(a_change_of_places_is_told, set_up),
		cmocka_unit_test_setup(what_never_rests_is_mixed, set_up),
		cmocka_unit_test_setup(a_copy_mixes_no_kinds, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
