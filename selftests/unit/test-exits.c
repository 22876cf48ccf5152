// SPDX-License-Identifier: GPL-2.0-only
/* From windows to figures, and what exits are called. */
#include "unit.h"

#include "../../user/trace-names.h"

#define CPUID TRACE_WHAT(TRACE_ISA_SVM, 0x72)
#define HLT TRACE_WHAT(TRACE_ISA_SVM, 0x78)
#define IO TRACE_WHAT(TRACE_ISA_SVM, 0x7b)
#define LEAF TRACE_DETAIL(TRACE_CPUID, 0)

/* @n windows; in each @cpuids and one interrupt's worth of time. */
static struct trace_window window(u64 n, u64 cpuids)
{
	struct trace_window w = { .opens = n,
				  .exits = n * cpuids,
				  .stat_exits = n * cpuids,
				  .wall_ns = n * 1000 };

	w.cell[40] =
		(struct exit_cell){ .what = CPUID,
				    .detail = LEAF,
				    .count = n * cpuids,
				    .ns = { n * 600, n * 300, 0, n * 50 } };
	w.tail_ns[PHASE_GUEST] = n * 50;
	return w;
}

static void what_no_runs_have_is_taken_off(void **state)
{
	struct trace_window with = window(5, 103), without = window(10, 3);
	struct exits x = { 0 };

	(void)state;
	assert_int_equal(exits_add(&x, &with, false), 0);
	assert_int_equal(exits_add(&x, &without, true), 0);
	exits_finish(&x, 500);
	assert_int_equal(x.nrows, 1);
	assert_close(x.rows[0].per_op, 1, 0);
	assert_close(x.per_op, 1, 0);
	assert_int_equal(x.rows[0].count, 515);
	assert_int_equal(x.rows[0].fixed_count, 30);
	assert_int_equal(x.stat_exits, x.count);
	exits_free(&x);
}

static void never_below_zero(void **state)
{
	struct trace_window with = window(1, 2), without = window(1, 3);
	struct exits x = { 0 };

	(void)state;
	exits_add(&x, &with, false);
	exits_add(&x, &without, true);
	exits_finish(&x, 10);
	assert_close(x.per_op, 0, 0);
	exits_free(&x);
}

static void parts_close_to_the_wall(void **state)
{
	struct trace_window w = window(7, 1);
	struct exits x = { 0 };

	(void)state;
	exits_add(&x, &w, false);
	exits_finish(&x, 7);
	assert_int_equal(exits_parts_ns(&x), 7000);
	assert_close(x.gap, 0, 0);
	exits_free(&x);
}

/* Of each window, and of those without operations too: not of their sum. */
static void one_bad_window_shows(void **state)
{
	struct trace_window good = window(7, 1), bad = window(7, 1);
	struct exits x = { 0 };

	(void)state;
	bad.wall_ns *= 2;
	bad.uneven = 1;
	exits_add(&x, &good, false);
	exits_add(&x, &bad, true);
	exits_finish(&x, 7);
	assert_close(x.gap, 0.5, 1e-12);
	assert_int_equal(x.uneven, 1);
	assert_int_equal(x.stat_exits, x.count);
	exits_free(&x);
}

/* Rows are cut off at 0: the whole must not be less than one of them. */
static void the_whole_is_the_sum_of_its_rows(void **state)
{
	struct trace_window with = window(1, 100), without = window(1, 0);
	struct exits x = { 0 };

	(void)state;
	without.cell[0] = (struct exit_cell){ .what = IO, .count = 3 };
	without.exits = 3;
	exits_add(&x, &with, false);
	exits_add(&x, &without, true);
	exits_finish(&x, 100);
	assert_close(x.rows[0].per_op, 1, 0);
	assert_close(x.per_op, 1, 0);
	exits_free(&x);
}

static void joined_and_taken_off(void **state)
{
	static struct trace_rips r;
	struct trace_window w = window(1, 10), more = window(1, 25);
	struct exits x = { 0 }, y = { 0 };

	(void)state;
	r.cell[3] = (struct rip_cell){ 0x401000, CPUID, 5 };
	exits_add(&x, &w, false);
	exits_add(&y, &more, false);
	exits_add_rips(&y, &r, 0, false);
	assert_int_equal(exits_join(&y, &x), 0);
	assert_int_equal(y.nrows, 1);
	assert_int_equal(y.count, 35);
	assert_int_equal(y.rows[0].count, 35);
	assert_int_equal(y.wall_ns, 2000);
	assert_int_equal(y.sites[0].count, 5);
	assert_int_equal(exits_take_off(&y, &x), 0);
	assert_int_equal(y.rows[0].count, 25);
	assert_int_equal(y.rows[0].kernel_ns, 300);
	assert_int_equal(exits_parts_ns(&y), 1000);
	exits_free(&x);
	exits_free(&y);
}

/* A look at a HLT under way, and one after it has gone on to the VMM: what was
 * booked without the VMM is in the row with it. */
static void time_that_moved_is_not_taken_off_twice(void **state)
{
	struct trace_window w = window(1, 4);
	struct exits now = { 0 }, before = { 0 };

	(void)state;
	w.cell[0] = (struct exit_cell){ .what = HLT,
					.count = 2,
					.ns = { 0, 10, 0, 900 } };
	exits_add(&before, &w, false);
	w.cell[0].ns[PHASE_SCHED] = 100;
	w.cell[1] = (struct exit_cell){ .what = HLT | TRACE_WHAT_USER,
					.count = 1,
					.user_exits = 1,
					.ns = { 0, 5, 20, 1300 } };
	exits_add(&now, &w, false);
	assert_int_equal(exits_take_off(&now, &before), 0);
	assert_int_equal(now.nrows, 3);
	assert_int_equal(now.rows[0].sched_ns, 0);
	assert_int_equal(now.rows[1].sched_ns, 500);
	assert_int_equal(now.rows[1].vmm_ns, 20);
	assert_int_equal(now.sched_ns, 500);
	exits_free(&now);
	exits_free(&before);
}

/* Likewise where it told its detail since; what nobody owes is cut off. */
static void no_time_is_below_zero(void **state)
{
	struct trace_window w = window(1, 4);
	struct exits now = { 0 }, before = { 0 };

	(void)state;
	w.cell[0] = (struct exit_cell){ .what = IO,
					.count = 2,
					.ns = { 0, 700, 50, 0 } };
	exits_add(&before, &w, false);
	w.cell[0].ns[PHASE_KERNEL] = 100;
	w.cell[0].ns[PHASE_VMM] = 40;
	w.cell[1] = (struct exit_cell){ .what = IO,
					.detail = TRACE_DETAIL(TRACE_PIO, 0x21),
					.count = 1,
					.ns = { 0, 650, 0, 0 } };
	exits_add(&now, &w, false);
	assert_int_equal(exits_take_off(&now, &before), 0);
	assert_int_equal(now.rows[0].kernel_ns, 0);
	assert_int_equal(now.rows[1].kernel_ns, 50);
	assert_int_equal(now.rows[0].vmm_ns, 0);
	assert_int_equal(now.vmm_ns, 0);
	exits_free(&now);
	exits_free(&before);
}

static void by_the_vmm_is_another_row(void **state)
{
	struct trace_window w = window(1, 4);
	struct exits x = { 0 };

	(void)state;
	w.cell[0] = (struct exit_cell){ .what = IO | TRACE_WHAT_USER,
					.count = 9,
					.user_exits = 9 };
	w.cell[1] = (struct exit_cell){ .what = IO, .count = 2 };
	exits_add(&x, &w, false);
	exits_finish(&x, 0);
	assert_int_equal(x.nrows, 3);
	/* Most frequent first. */
	assert_int_equal(x.rows[0].user_exits, 9);
	assert_int_equal(x.rows[2].user_exits, 0);
	assert_true(isnan(x.rows[0].per_op));
	exits_free(&x);
}

/* Exits without a cell are lost as attribution, but not as time. */
/* A detail that lost its place since the last look is among those without. */
static void lost_places_are_not_below_zero(void **state)
{
	u64 crowded = TRACE_DETAIL(TRACE_CROWDED, 0);
	struct trace_window w = window(1, 0);
	struct exits now = { 0 }, before = { 0 };

	(void)state;
	w.cell[100] = (struct exit_cell){ .what = IO, .detail = 5, .count = 8 };
	exits_add(&before, &w, false);
	w.cell[100] = (struct exit_cell){
		.what = IO, .detail = 6, .count = 1, .missed = 8
	};
	w.cell[1] = (struct exit_cell){ .what = IO,
					.detail = crowded,
					.count = 10 };
	exits_add(&now, &w, false);
	assert_int_equal(exits_take_off(&now, &before), 0);
	for (size_t i = 0; i < now.nrows; i++) {
		const struct exit_row *row = &now.rows[i];

		if (row->what != IO)
			continue;
		assert_int_equal(row->count, row->detail_code == crowded ? 2 :
					     row->detail_code == 6	 ? 1 :
									   0);
	}
	exits_free(&now);
	exits_free(&before);
}

/* Time in the VMM for a signal is in a row, which no exit belongs to. */
static void a_signal_is_no_exit(void **state)
{
	struct trace_window w = window(1, 4);
	struct exits x = { 0 };

	(void)state;
	w.cell[1] = (struct exit_cell){ .what = TRACE_WHAT(TRACE_ISA_SIGNAL, 0),
					.count = 4,
					.ns = { 0, 0, 50, 0 } };
	exits_add(&x, &w, false);
	exits_finish(&x, 4);
	assert_close(x.per_op, 1, 0);
	assert_int_equal(x.count, 4);
	assert_int_equal(x.vmm_ns, 50);
	exits_free(&x);
}

static void without_a_cell_is_lost(void **state)
{
	struct trace_window w = window(1, 1);
	struct exits x = { 0 };

	(void)state;
	w.over = (struct exit_cell){ .count = 3, .ns = { 0, 10, 20, 30 } };
	w.wall_ns += 60;
	exits_add(&x, &w, false);
	assert_int_equal(x.lost, 3);
	assert_close(x.gap, 0, 0);
	exits_free(&x);
}

static void broken_markers_leave_no_figure(void **state)
{
	struct trace_window w = window(2, 5);
	struct exits x = { 0 };

	(void)state;
	w.end_alone = 2;
	w.owner = 77;
	exits_add(&x, &w, false);
	exits_finish(&x, 2);
	assert_contains(x.broken, "2x end without begin");
	assert_contains(x.broken, "1x begin without end");
	assert_true(isnan(x.per_op));
	assert_true(isnan(x.rows[0].per_op));
	exits_free(&x);
}

/* The same function in two guests, each with its kernel elsewhere. */
static void places_are_merged_by_name(void **state)
{
	static struct trace_rips a, b;
	struct exits x = { 0 };

	(void)state;
	a.cell[3] = (struct rip_cell){ 0xffffffff81000010, CPUID, 5 };
	b.cell[9] = (struct rip_cell){ 0xffffffffa2000010, CPUID, 6 };
	b.cell[10] = (struct rip_cell){ 0x401000, CPUID, 1 };
	exits_add_rips(&x, &a, 0, false);
	exits_add_rips(&x, &b, 1, false);
	assert_int_equal(x.nsites, 3);
	strcpy(x.sites[0].function, "do_it+0x4");
	strcpy(x.sites[1].function, "do_it+0x4");
	strcpy(x.sites[2].function, "main");
	exits_merge_sites(&x);
	assert_int_equal(x.nsites, 2);
	assert_int_equal(x.sites[0].count, 11);
	exits_free(&x);
}

static const char format[] =
	"print fmt: \"vcpu %u reason %s%s%s rip 0x%lx\", REC->vcpu_id, "
	"(REC->isa == 1) ? __print_symbolic(REC->exit_reason & 0xffff, "
	"{ 0, \"EXCEPTION_NMI\" }, { 10, \"CPUID\" }) : "
	"__print_symbolic(REC->exit_reason, { 0x000, \"read_cr0\" }, "
	"{ 0x040 + 6, \"UD excp\" }, { (0x072), \"cpuid by name\" }), "
	"(REC->isa == 1 && REC->exit_reason & ~0xffff) ? \" \" : \"\", "
	"(REC->isa == 1) ? __print_flags(REC->exit_reason & ~0xffff, \" \", "
	"{ 0x80000000, \"FAILED_VMENTRY\" }) : \"\"";

static void reason(const struct trace_names *t, u64 what, const char *want)
{
	char buf[sizeof(((struct exit_row *)0)->reason)];

	names_reason(t, what, buf, sizeof(buf));
	assert_string_equal(buf, want);
}

static void names_of_the_running_kernel(void **state)
{
	struct trace_names t = { 0 };

	(void)state;
	names_parse(&t, format);
	assert_int_equal(t.n, 5);
	reason(&t, TRACE_WHAT(1, 10), "CPUID");
	reason(&t, TRACE_WHAT(1, 0x8000000a), "CPUID, failed entry");
	reason(&t, TRACE_WHAT(2, 0x46), "UD excp");
	reason(&t, CPUID | TRACE_WHAT_USER, "cpuid by name");
	names_free(&t);
}

/* arm64's lists: the first is of what is no class. */
static void names_of_another_architecture(void **state)
{
	struct trace_names t = { 0 };

	(void)state;
	names_parse(&t, "print fmt: \"%s: HSR_EC: 0x%04x (%s)\", "
			"__print_symbolic(REC->ret, {0, \"IRQ\" }, {2, "
			"\"TRAP\" }), REC->esr_ec, "
			"__print_symbolic(REC->esr_ec, { (((0x00UL))), "
			"\"UNKNOWN\" }, { ((0x18UL)), \"SYS64\" })");
	assert_int_equal(t.n, 2);
	reason(&t, TRACE_WHAT(TRACE_ISA_ARM64, 0x18), "SYS64");
	reason(&t, TRACE_WHAT(TRACE_ISA_ARM64, TRACE_ARM64_NO_TRAP),
	       "interrupt");
	names_free(&t);
}

static void names_without_the_kernel(void **state)
{
	static const struct trace_names none;

	(void)state;
	reason(&none, TRACE_WHAT(1, 10), "CPUID");
	reason(&none, CPUID, "cpuid");
	/* Of a guest with SEV-ES (asm/svm.h; APM vol. 2, appendix C). */
	reason(&none, TRACE_WHAT(2, 0x403), "vmgexit");
	reason(&none, TRACE_WHAT(2, 0x999), "0x999");
	reason(&none, TRACE_WHAT(TRACE_ISA_ARM64, 0x16), "hvc64");
	reason(&none, TRACE_WHAT(TRACE_ISA_ARM64, 0x24), "data abort");
	/* The upper half are flags, and reasons go beyond what a header of
	 * some years ago names. */
	reason(&none, TRACE_WHAT(1, 0x80000021), "INVALID_STATE, failed entry");
	reason(&none, TRACE_WHAT(1, 0x0400000a), "CPUID, bus lock");
	reason(&none, TRACE_WHAT(1, 0x0800000a), "CPUID, in an enclave");
	reason(&none, TRACE_WHAT(1, 0x0001000a), "CPUID, flags 0x10000");
	/* All at once are not cut. */
	reason(&none, TRACE_WHAT(1, 0xfe010001) | TRACE_WHAT_NESTED,
	       "EXTERNAL_INTERRUPT, shadow stack busy, bus lock, in an enclave, "
	       "pending MTF, from VMX root, failed entry, flags 0x40010000, "
	       "nested");
	/* Of SVM they are none. */
	reason(&none, TRACE_WHAT(2, 0x80000000), "0x80000000");
	reason(&none, CPUID | TRACE_WHAT_NESTED, "cpuid, nested");
	reason(&none, TRACE_WHAT(TRACE_ISA_SIGNAL, 0),
	       "signal to the VMM, no exit");
	reason(&none, TRACE_WHAT(1, 0x7fff), "0x7fff");
	reason(&none, TRACE_WHAT(99, 3), "0x3");
	reason(&none, 0, "too many kinds");
}

/* Whatever a kernel may write there: no crash, no endless loop. */
static void formats_that_are_none(void **state)
{
	static const char *const bad[] = {
		"",
		"__print_symbolic(",
		"__print_symbolic(REC->exit_reason, {",
		"__print_symbolic(REC->exit_reason, { 1 + , \"x\" }",
		"__print_symbolic(REC->exit_reason, { A, \"x\" }, { 2, \"y\" })",
	};
	char cut[sizeof(format)];
	struct trace_names t = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		names_parse(&t, bad[i]);
	assert_int_equal(t.n, 1);
	for (size_t i = 0; i < sizeof(format); i++) {
		memcpy(cut, format, i);
		cut[i] = '\0';
		names_parse(&t, cut);
	}
	names_free(&t);
}

static void detail(u64 d, const char *want)
{
	char buf[48];

	names_detail(d, buf, sizeof(buf));
	assert_string_equal(buf, want);
}

static void details(void **state)
{
	(void)state;
	detail(0, "");
	detail(TRACE_DETAIL(TRACE_CPUID, 0x40000001), "leaf 0x40000001");
	detail(TRACE_DETAIL(TRACE_PIO, 0x512 | 1 << 16 | 1 << 24),
	       "port 0x512 out");
	detail(TRACE_DETAIL(TRACE_PIO, 0x71 | 1 << 16), "port 0x71 in");
	detail(TRACE_DETAIL(TRACE_PIO, 0xcfc | 4 << 16),
	       "port 0xcfc in, 4 bytes");
	detail(TRACE_DETAIL(TRACE_MSR, 0x6e0 | 1ull << 32), "msr 0x6e0 write");
	detail(TRACE_DETAIL(TRACE_HYPERCALL, 0x7fffffff), "number 0x7fffffff");
	detail(TRACE_DETAIL(TRACE_MMIO, 0xfee000b0 | 1ull << 52),
	       "address 0xfee000b0 write");
	detail(TRACE_DETAIL(TRACE_CROWDED, 0), "details without a place");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_no_runs_have_is_taken_off),
		cmocka_unit_test(never_below_zero),
		cmocka_unit_test(parts_close_to_the_wall),
		cmocka_unit_test(one_bad_window_shows),
		cmocka_unit_test(the_whole_is_the_sum_of_its_rows),
		cmocka_unit_test(joined_and_taken_off),
		cmocka_unit_test(time_that_moved_is_not_taken_off_twice),
		cmocka_unit_test(no_time_is_below_zero),
		cmocka_unit_test(by_the_vmm_is_another_row),
		cmocka_unit_test(lost_places_are_not_below_zero),
		cmocka_unit_test(a_signal_is_no_exit),
		cmocka_unit_test(without_a_cell_is_lost),
		cmocka_unit_test(broken_markers_leave_no_figure),
		cmocka_unit_test(places_are_merged_by_name),
		cmocka_unit_test(names_of_the_running_kernel),
		cmocka_unit_test(names_of_another_architecture),
		cmocka_unit_test(names_without_the_kernel),
		cmocka_unit_test(formats_that_are_none),
		cmocka_unit_test(details),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
