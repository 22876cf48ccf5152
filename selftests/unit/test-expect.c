// SPDX-License-Identifier: GPL-2.0-only
/* Exits as they are declared against those that were seen. */
#include <errno.h>
#include <stdio.h>

#include "unit.h"

#include "../../bench/registry.h"
#include "../../user/exits-expect.h"

#define SVM(code) TRACE_WHAT(TRACE_ISA_SVM, code)
#define VMX(code) TRACE_WHAT(TRACE_ISA_VMX, code)
#define WRITE(msr) TRACE_DETAIL(TRACE_MSR, (msr) | 1ull << 32)
#define MMIO_WRITE(gpa) TRACE_DETAIL(TRACE_MMIO, (gpa) | 1ull << 52)

static struct exit_row rows[4];
static struct exits x;

static int set_up(void **state)
{
	(void)state;
	memset(rows, 0, sizeof(rows));
	x = (struct exits){ .rows = rows, .runs = 1000, .tier = 'A' };
	return 0;
}

static void seen(u64 what, u64 detail, double per_op)
{
	rows[x.nrows++] = (struct exit_row){ .what = what,
					     .detail_code = detail,
					     .per_op = per_op };
}

static void compare(const char *declared, const char *want)
{
	x.findings[0] = '\0';
	assert_int_equal(expect_compare(&x, NULL, 0, declared), 0);
	assert_string_equal(x.findings, want);
}

#define OP(id, name, title, exercises, flags, exits) { name, exits },
static const char *const operations[][2] = {
#include "../../kmod/operations.h"
};
#undef OP
#undef LOOPED
#undef EVENT

static const char *declared(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(operations); i++)
		if (!strcmp(operations[i][0], name))
			return operations[i][1];
	fail_msg("no operation is called %s", name);
	return NULL;
}

static void as_declared(void **state)
{
	(void)state;
	seen(SVM(0x72), 0, 1.004);
	seen(SVM(0x60), 0, 0.8);
	seen(SVM(0x7c), WRITE(0x6e0), 0.3);
	seen(SVM(0x78), 0, 0.002);
	compare("cpuid 1", "");
	assert_string_equal(x.expects, "cpuid 1");
}

static void a_difference_is_a_finding(void **state)
{
	(void)state;
	seen(SVM(0x72), 0, 2);
	compare("cpuid 1", "expected 1.000 cpuid, saw 2.000");
	compare("none", "expected 0.000 cpuid, saw 2.000");
	compare("cpuid 2, hlt 1", "expected 1.000 hlt, saw 0.000");
	compare("cpuid 3-4", "expected 3.000 to 4.000 cpuid, saw 2.000");
	compare("cpuid 1-2", "");
}

/* No number is cut where not all differences find room. */
static void findings_are_whole(void **state)
{
	static const char end[] = "saw 0.000; and others";
	size_t len;

	(void)state;
	assert_int_equal(
		expect_compare(&x, NULL, 0,
			       "one-that-is-long 1, two-that-is-long 1, "
			       "three-that-is-long 1, four-that-is-long 1, "
			       "five-that-is-long 1, six-that-is-long 1"),
		0);
	len = strlen(x.findings);
	assert_true(len > sizeof(end));
	assert_string_equal(x.findings + len + 1 - sizeof(end), end);
}

/* Of several alternatives the nearest is the one to differ from. */
static void alternatives(void **state)
{
	(void)state;
	seen(VMX(28), 0, 2);
	compare("none or cr 2", "");
	compare("cr 2 or none", "");
	rows[0].per_op = 1.5;
	compare("none or cr 2", "expected 2.000 cr, saw 1.500");
	rows[0].per_op = 0;
	compare("none or cr 2", "");
}

/* The handlers of interrupts send IPIs as well, and do other things now and then. */
static void work_of_interrupts(void **state)
{
	(void)state;
	seen(SVM(0x7c), WRITE(0x830), 0.15);
	seen(SVM(0x72), 0, 0.05);
	compare("cpuid 0-1", "expected 0.000 ipi, saw 0.150");
	seen(SVM(0x60), 0, 1);
	compare("none", "");
	rows[0].per_op = 0.3;
	rows[1].per_op = 0;
	compare("none", "expected 0.000 ipi, saw 0.300");
	rows[0].per_op = 0.15;
	rows[1].per_op = 0.06;
	compare("none", "expected 0.000 cpuid, saw 0.060");
}

/* An operation's own IPIs and timers cause interrupts, which excuse no others. */
static void interrupts_of_the_operation(void **state)
{
	static const double times[] = { 2, 14, 98 };
	char want[80];

	(void)state;
	seen(SVM(0x7c), WRITE(0x830), 1);
	seen(SVM(0x7c), WRITE(0x80b), 1);
	seen(SVM(0x64), 0, 1);
	compare("ipi 1 or none", "");
	compare("none", "expected 0.000 ipi, saw 1.000");
	for (size_t i = 0; i < ARRAY_SIZE(times); i++) {
		for (int row = 0; row < 3; row++)
			rows[row].per_op = times[i];
		snprintf(want, sizeof(want), "expected 1.000 ipi, saw %.3f",
			 times[i]);
		compare("ipi 1 or none", want);
	}
}

static void timers_of_the_operation(void **state)
{
	(void)state;
	seen(SVM(0x7c), WRITE(0x6e0), 2.02);
	seen(SVM(0x7c), WRITE(0x80b), 2);
	seen(SVM(0x64), 0, 1);
	seen(SVM(0x60), 0, 2);
	compare("timer 2", "");
	rows[0].per_op = 2.03;
	compare("timer 2", "expected 2.000 timer, saw 2.030");
	rows[0].per_op = 2.55;
	compare("timer 2", "expected 2.000 timer, saw 2.550");
	/* Of 20 interrupts more than its own, a tenth. */
	rows[0].per_op = 2.1;
	rows[3].per_op = 4.5;
	compare("timer 2", "");
}

/* The guest's tick may come by the very interrupt that the operation causes. */
static void ticks_of_the_guest(void **state)
{
	const char *one = declared("timer-tsc-deadline-100us");
	const char *many = declared("timer-tsc-deadline");

	(void)state;
	x.runs = 72;
	x.kernel_ns = 100 * 1000 * 1000;
	seen(SVM(0x7c), WRITE(0x830), 4 / 72.0);
	seen(SVM(0x7c), WRITE(0x6e0), 148 / 72.0);
	seen(SVM(0x7c), WRITE(0x80b), 4 / 72.0);
	seen(SVM(0x64), 0, 66 / 72.0);
	compare(one, "");
	rows[0].per_op = 0.15;
	compare(one, "expected 0.000 ipi, saw 0.150");
	/* 0.5 ms for one operation, as where KVM itself is emulated. */
	x.runs = 1000;
	x.kernel_ns = 500 * 1000 * 1000;
	rows[0].per_op = 0;
	rows[1].per_op = 2.139;
	compare(many, "");
	rows[1].per_op = 2.6;
	compare(many, "expected 2.000 timer, saw 2.600");
	rows[1].per_op = 1.9;
	compare(many, "expected 2.000 timer, saw 1.900");
	/* 5 us, and the vCPU sleeps for the rest. */
	x.kernel_ns = 5 * 1000 * 1000;
	x.sched_ns = 495 * 1000 * 1000;
	rows[0].per_op = rows[1].per_op = 2.03;
	compare(many, "expected 2.000 timer, saw 2.030; "
		      "expected 0.000 ipi, saw 2.030");
	rows[0].per_op = 0.05;
	rows[1].per_op = 2;
	compare(many, "expected 0.000 ipi, saw 0.050");
}

/* A tick that is due just before an hrtimer makes its write needless: now and then. */
static void a_tick_before_the_timer(void **state)
{
	(void)state;
	x.runs = 120;
	seen(SVM(0x7c), WRITE(0x6e0), 115 / 120.0);
	seen(SVM(0x64), 0, 111 / 120.0);
	seen(SVM(0x60), 0, 14 / 120.0);
	compare(declared("timer-hrtimer-100us"), "");
	rows[0].per_op = 0.4;
	compare(declared("timer-hrtimer-100us"),
		"expected 0.500 to 2.000 timer, saw 0.400");
}

/* Also where three of that many are no exact number. */
static void three_are_no_finding(void **state)
{
	(void)state;
	x.runs = 84;
	seen(SVM(0x7c), WRITE(0x83f), 84 / 84.0);
	seen(SVM(0x7c), WRITE(0x830), 3 / 84.0);
	compare("ipi 1", "");
	rows[1].per_op = 4 / 84.0;
	compare("ipi 1", "expected 1.000 ipi, saw 1.048");
}

/* Another kind of exit is a finding; of few runs a single one is not. */
static void what_is_not_declared(void **state)
{
	(void)state;
	seen(SVM(0x72), 0, 1);
	seen(SVM(0x7b), TRACE_DETAIL(TRACE_PIO, 0x80), 0.2);
	compare("cpuid 1", "expected 0.000 io, saw 0.200");
	x.runs = 10;
	compare("cpuid 1", "");
	seen(SVM(0x72) | TRACE_WHAT_NESTED, 0, 1);
	compare("cpuid 1", "expected 0.000 nested, saw 1.000");
}

/* The three that may stray would be one for each operation. */
static void too_few_operations(void **state)
{
	(void)state;
	seen(SVM(0x72), 0, 1);
	seen(SVM(0x7b), TRACE_DETAIL(TRACE_PIO, 0x80), 1);
	x.runs = 9;
	assert_int_equal(expect_compare(&x, NULL, 0, "cpuid 1"), -ENODATA);
	assert_string_equal(x.findings, "");
	assert_string_equal(x.expects, "");
	x.runs = 10;
	compare("cpuid 1", "expected 0.000 io, saw 1.000");
}

/* The host may take a page back at any time, but not once for each operation. */
static void page_faults_of_the_host(void **state)
{
	(void)state;
	seen(SVM(0x72), 0, 1);
	seen(SVM(0x400), 0, 0.3);
	compare("cpuid 1", "");
	compare("cpuid 1, page-fault 1",
		"expected 1.000 page-fault, saw 0.300");
	seen(SVM(0x400), TRACE_DETAIL(TRACE_CROWDED, 0), 0.2);
	compare("cpuid 1", "expected 0.000 page-fault, saw 0.500");
	rows[2].per_op = 0;
	rows[1].per_op = 1;
	compare("cpuid 1", "expected 0.000 page-fault, saw 1.000");
}

/* SEV-ES: what such an exit was for is known only where KVM said so. */
static void exits_of_encrypted_guests(void **state)
{
	(void)state;
	seen(SVM(0x403), TRACE_DETAIL(TRACE_CPUID, 0), 1);
	compare("cpuid 1", "");
	compare("hlt 1", "expected 1.000 hlt, saw 0.000; "
			 "expected 0.000 cpuid, saw 1.000");
	seen(SVM(0x403), 0, 1);
	x.expects[0] = '\0';
	compare("hlt 1", "");
	assert_string_equal(x.expects, "");
}

static void a_declaration_that_is_not_understood(void **state)
{
	(void)state;
	seen(SVM(0x72), 0, 1);
	compare("cpuid", "cannot parse expects: cpuid");
	compare("cpuid 1 or hlt", "cannot parse expects: cpuid 1 or hlt");
}

/* AMD's CPUs exit to KVM where Intel's have a shadow; cpu-pm=on halts for good. */
static void what_differs_between_cpus(void **state)
{
	(void)state;
	seen(SVM(0x004), 0, 1);
	compare(declared("mov-from-cr4"), "");
	x.nrows = 0;
	compare(declared("mov-from-cr4"), "");
	compare(declared("ipi-self-hlt"), "");
	seen(VMX(32), WRITE(0x6e0), 1);
	compare(declared("hlt-wake-10us"), "");
	compare(declared("hlt-wake-10ms"), "");
}

/* A write of the APIC's timer exits as one of its ICR does. */
static void registers_that_are_not_shown(void **state)
{
	static const u64 writes[] = { VMX(56), SVM(0x401), SVM(0x402) };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(writes); i++) {
		x.nrows = 0;
		seen(writes[i], 0, 2);
		compare(declared("timer-lapic"), "");
		compare(declared("ipi-self-nop"), "");
		assert_string_equal(x.expects, "");
	}
	x.nrows = 0;
	seen(VMX(56), TRACE_DETAIL(TRACE_MMIO, 0xfee00380ull | 1ull << 52), 3);
	compare(declared("timer-lapic"), "expected 2.000 timer, saw 3.000");
}

/* The same IPI of xAPIC, x2APIC and APICv. */
static void names_are_of_no_vendor(void **state)
{
	(void)state;
	assert_string_equal(expect_name(SVM(0x7c), WRITE(0x830), ""), "ipi");
	assert_string_equal(
		expect_name(SVM(0x400), MMIO_WRITE(0xfee00300ull), ""), "ipi");
	assert_string_equal(expect_name(VMX(56), WRITE(0x830), ""), "ipi");
	assert_null(expect_name(SVM(0x400), MMIO_WRITE(0xfee00310ull), ""));
	assert_null(expect_name(SVM(0x7c), WRITE(0x80b), ""));
	assert_string_equal(expect_name(VMX(32), WRITE(0x6e0), ""), "timer");
	assert_string_equal(expect_name(VMX(49), MMIO_WRITE(0xfed00000ull), ""),
			    "mmio");
	assert_string_equal(expect_name(VMX(0x8000000a), 0, ""), "cpuid");
	assert_string_equal(expect_name(SVM(0x81), 0, ""), "hypercall");
	assert_string_equal(expect_name(SVM(0xa6), 0, "idle-halt"), "hlt");
	assert_string_equal(expect_name(VMX(77), 0, "TPAUSE"), "TPAUSE");
	assert_null(expect_name(TRACE_WHAT(TRACE_ISA_SIGNAL, 0), 0, ""));
	assert_null(expect_name(TRACE_WHAT(TRACE_ISA_UNSEEN, 0), 0, ""));
	assert_string_equal(expect_name(TRACE_WHAT(TRACE_ISA_UNSEEN, 0),
					TRACE_DETAIL(TRACE_CPUID, 0), ""),
			    "cpuid");
}

static void where_nothing_can_be_said(void **state)
{
	(void)state;
	seen(SVM(0x72), 0, 2);
	x.tier = 'D';
	compare("cpuid 1", "");
	x.tier = 'A';
	strcpy(x.broken, "1x begin without end");
	compare("cpuid 1", "");
	x.broken[0] = '\0';
	x.runs = 0;
	compare("cpuid 1", "");
	x.runs = 1000;
	compare(NULL, "");
	assert_string_equal(x.expects, "");
}

static void understood(const char *text, bool want)
{
	struct expect e;
	int ret = 0;

	for (const char *s = text; s && !ret;)
		s = expect_parse(s, &e, &ret);
	if (!ret == want)
		return;
	print_error("\"%s\" is %s\n", text, want ? "refused" : "taken");
	fail();
}

static void declarations(void **state)
{
	size_t n, declared = 0;
	const struct bench_entry *e = registry(&n);

	(void)state;
	for (size_t i = 0; i < n; i++) {
		if (!e[i].bench->expects)
			continue;
		understood(e[i].bench->expects, true);
		assert_true(strlen(e[i].bench->expects) < sizeof(x.expects));
		declared++;
	}
	assert_true(declared >= ARRAY_SIZE(operations));
	understood("", false);
	understood("cpuid", false);
	understood("cpuid 0", false);
	understood("cpuid 1,", false);
	understood("cpuid 1 hlt 1", false);
	understood("cpuid 2-1", false);
	understood("none or", false);
	understood("none or ", false);
	understood("cpuid one", false);
}

static struct exit_row part_rows[6];
static struct exits parts[6];

/* Four IPIs more than declared, in 48 operations: in @n of six samples. */
static void strays_in(size_t n, const char *want)
{
	for (size_t i = 0; i < 6; i++) {
		part_rows[i] = (struct exit_row){
			.what = SVM(0x7c),
			.detail_code = WRITE(0x830),
			.per_op = i < n ? 1 + 4.0 / n / 8 : 1,
		};
		parts[i] = (struct exits){ .rows = &part_rows[i],
					   .nrows = 1,
					   .runs = 8 };
	}
	x.findings[0] = '\0';
	assert_int_equal(expect_compare(&x, parts, 6, "ipi 1"), 0);
	assert_string_equal(x.findings, want);
}

static void a_difference_is_in_most_samples(void **state)
{
	(void)state;
	x.runs = 48;
	seen(SVM(0x7c), WRITE(0x830), 1 + 4.0 / 48);
	compare("ipi 1", "expected 1.000 ipi, saw 1.083");
	strays_in(1, "");
	strays_in(3, "");
	strays_in(4, "expected 1.000 ipi, saw 1.083");
	strays_in(6, "expected 1.000 ipi, saw 1.083");
}

/* Five more in one sample, and one in a window without operations, which takes a sixth
 * off each of the others. */
static void samples_count_in_the_direction_of_the_sum(void **state)
{
	(void)state;
	x.runs = 48;
	seen(SVM(0x7c), WRITE(0x830), 52.0 / 48);
	strays_in(1, "");
	for (size_t i = 1; i < 6; i++)
		part_rows[i].per_op = 1 - 1.0 / 48;
	assert_int_equal(expect_compare(&x, parts, 6, "ipi 1"), 0);
	assert_string_equal(x.findings, "");
}

/* Neither those that were not taken nor those with broken markers have a vote. */
static void samples_without_operations_have_no_vote(void **state)
{
	(void)state;
	x.runs = 48;
	seen(SVM(0x7c), WRITE(0x830), 1 + 4.0 / 48);
	strays_in(6, "expected 1.000 ipi, saw 1.083");
	parts[0].runs = parts[1].runs = 0;
	part_rows[0].per_op = part_rows[1].per_op = 0;
	part_rows[2].per_op = part_rows[3].per_op = NAN;
	x.findings[0] = '\0';
	assert_int_equal(expect_compare(&x, parts, 6, "ipi 1"), 0);
	assert_string_equal(x.findings, "expected 1.000 ipi, saw 1.083");
}

/* As seen on a busy machine: 24 operations, 3 of which met an interrupt of the timer. */
static void a_timer_explains_an_ipi(void **state)
{
	(void)state;
	x.runs = 240;
	seen(SVM(0x7c), WRITE(0x830), 1.125);
	compare("ipi 1", "expected 1.000 ipi, saw 1.125");
	seen(SVM(0x7c), WRITE(0x6e0), 0.125);
	compare("ipi 1", "");
	rows[0].per_op = 1.15;
	compare("ipi 1", "expected 1.000 ipi, saw 1.150");
}

/* As seen in 6 windows of 27 ms in all, each with a tick: the IPIs are not declared. */
static void a_timer_explains_an_undeclared_ipi(void **state)
{
	(void)state;
	x.runs = 48;
	x.kernel_ns = 27 * 1000 * 1000;
	seen(SVM(0x72), 0, 1);
	seen(SVM(0x7c), WRITE(0x6e0), 5 / 48.0);
	seen(SVM(0x7c), WRITE(0x830), 4 / 48.0);
	seen(SVM(0x60), 0, 4 / 48.0);
	compare("cpuid 1", "");
	rows[2].per_op = 6 / 48.0;
	compare("cpuid 1", "expected 0.000 ipi, saw 0.125");
	rows[2].per_op = 4 / 48.0;
	compare("cpuid 1, timer 0-1", "expected 0.000 ipi, saw 0.083");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(as_declared, set_up),
		cmocka_unit_test_setup(a_difference_is_a_finding, set_up),
		cmocka_unit_test_setup(findings_are_whole, set_up),
		cmocka_unit_test_setup(alternatives, set_up),
		cmocka_unit_test_setup(work_of_interrupts, set_up),
		cmocka_unit_test_setup(interrupts_of_the_operation, set_up),
		cmocka_unit_test_setup(timers_of_the_operation, set_up),
		cmocka_unit_test_setup(ticks_of_the_guest, set_up),
		cmocka_unit_test_setup(a_tick_before_the_timer, set_up),
		cmocka_unit_test_setup(three_are_no_finding, set_up),
		cmocka_unit_test_setup(what_is_not_declared, set_up),
		cmocka_unit_test_setup(too_few_operations, set_up),
		cmocka_unit_test_setup(page_faults_of_the_host, set_up),
		cmocka_unit_test_setup(exits_of_encrypted_guests, set_up),
		cmocka_unit_test_setup(a_declaration_that_is_not_understood,
				       set_up),
		cmocka_unit_test_setup(what_differs_between_cpus, set_up),
		cmocka_unit_test_setup(registers_that_are_not_shown, set_up),
		cmocka_unit_test_setup(a_difference_is_in_most_samples, set_up),
		cmocka_unit_test_setup(
			samples_count_in_the_direction_of_the_sum, set_up),
		cmocka_unit_test_setup(samples_without_operations_have_no_vote,
				       set_up),
		cmocka_unit_test_setup(a_timer_explains_an_ipi, set_up),
		cmocka_unit_test_setup(a_timer_explains_an_undeclared_ipi,
				       set_up),
		cmocka_unit_test(names_are_of_no_vendor),
		cmocka_unit_test_setup(where_nothing_can_be_said, set_up),
		cmocka_unit_test(declarations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
