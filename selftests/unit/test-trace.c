// SPDX-License-Identifier: GPL-2.0-only
/* Windows in the memory of the BPF programs; what a host can show. */
#include "unit.h"

#include "../../user/trace-check.h"
#include "../../user/trace-memory.h"
#include "../../user/trace-tier.h"
#include "../../user/trace.h"

#define N 4
#define CPUID TRACE_WHAT(TRACE_ISA_SVM, 0x72)
#define HLT TRACE_WHAT(TRACE_ISA_SVM, 0x78)

static struct trace_window windows[N], w;
static struct trace_rips rips[N], r;
static u32 tids[TRACE_VCPUS], full;
static struct trace_vcpu vcpus[TRACE_VCPUS];
static struct trace_memory m;

static int set_up(void **state)
{
	(void)state;
	memset(windows, 0, sizeof(windows));
	memset(rips, 0, sizeof(rips));
	memset(tids, 0, sizeof(tids));
	memset(vcpus, 0, sizeof(vcpus));
	full = 0;
	m = (struct trace_memory){
		.windows = windows,
		.rips = rips,
		.n = N,
		.tids = tids,
		.vcpus = vcpus,
		.full = &full,
	};
	return 0;
}

static void windows_are_given_out_once(void **state)
{
	u32 id[N];

	(void)state;
	for (u32 i = 0; i < N; i++) {
		id[i] = memory_arm(&m, 7);
		assert_int_not_equal(id[i], 0);
		for (u32 k = 0; k < i; k++)
			assert_int_not_equal(id[i], id[k]);
	}
	assert_int_equal(memory_arm(&m, 7), 0);
	windows[id[2] % N].exits = 5;
	memory_take(&m, id[2], &w, &r);
	assert_int_equal(w.exits, 5);
	assert_int_equal(w.nonce, 7);
	/* A late marker of the last one is none of the next one's. */
	assert_int_not_equal(memory_arm(&m, 8), id[2]);
	memory_take(&m, m.next, &w, &r);
	assert_int_equal(w.exits, 0);
}

/* The vCPU of the window in place 1 is in the middle of an exit. */
static void run_vcpu(u32 phase, u64 run_at)
{
	windows[1] = (struct trace_window){
		.id = 1, .vm = 0x1000, .owner = 77, .exits = 2
	};
	windows[1].cell[3] = (struct exit_cell){ .what = HLT,
						 .count = 2,
						 .ns = { 10, 20, 30, 40 } };
	tids[9] = 77;
	vcpus[9] = (struct trace_vcpu){ .window = 1,
					.state = VCPU_OPEN,
					.begin = 1000,
					.moment = TRACE_MOMENT(1500, phase),
					.run_at = run_at,
					.ns = { 300, 100, 0, 0 },
					.what = HLT };
}

static u64 parts(void)
{
	u64 sum = 0;

	for (int p = 0; p < PHASES; p++) {
		sum += w.tail_ns[p] + w.over.ns[p];
		for (int i = 0; i < TRACE_CELLS; i++)
			sum += w.cell[i].ns[p];
	}
	return sum;
}

/* Of another program's misses a number of exits says nothing. */
static void exits_that_no_program_saw(void **state)
{
	(void)state;
	assert_true(trace_counts_exits("kvm_exit"));
	assert_true(trace_counts_exits("kvm_exit_record"));
	assert_true(trace_counts_exits("kvm_entry"));
	assert_false(trace_counts_exits("sched_switch"));
	assert_false(trace_counts_exits("vcpu_run"));
	assert_false(trace_counts_exits("kvm_cpuid"));
}

static void what_is_under_way_is_part_of_it(void **state)
{
	(void)state;
	run_vcpu(PHASE_SCHED, 0);
	assert_true(memory_peek(&m, 1, 9500, &w, &r));
	assert_int_equal(w.wall_ns, 8500);
	assert_int_equal(w.cell[3].ns[PHASE_SCHED], 40 + 8000);
	assert_int_equal(parts(), w.wall_ns);
	/* It is not an exit yet. */
	assert_int_equal(w.cell[3].count, 2);
	assert_int_equal(windows[1].cell[3].ns[PHASE_SCHED], 40);
}

static void of_a_new_kind_it_is_nobodys(void **state)
{
	(void)state;
	run_vcpu(PHASE_KERNEL, 0);
	vcpus[9].what = CPUID;
	memory_peek(&m, 1, 1600, &w, NULL);
	assert_int_equal(w.tail_ns[PHASE_KERNEL], 200);
	assert_int_equal(parts(), w.wall_ns);
}

/* KVM_RUN was called, and no program has booked that yet. */
static void the_vmm_ends_at_the_ioctl(void **state)
{
	(void)state;
	run_vcpu(PHASE_VMM, 1700);
	memory_peek(&m, 1, 2000, &w, NULL);
	assert_int_equal(w.cell[3].ns[PHASE_VMM], 30 + 200);
	assert_int_equal(w.cell[3].ns[PHASE_KERNEL], 20 + 100 + 300);
	/* Stored late by a program that was preempted: no time runs back. */
	run_vcpu(PHASE_VMM, 1200);
	memory_peek(&m, 1, 2000, &w, NULL);
	assert_int_equal(w.cell[3].ns[PHASE_VMM], 30 + 500);
	assert_int_equal(parts(), w.wall_ns);
}

static void only_windows_that_were_left_are_reaped(void **state)
{
	(void)state;
	full = 1;
	run_vcpu(PHASE_GUEST, 0);
	assert_false(memory_reap(&m, 1, &w, &r));
	assert_false(memory_reap(&m, 0, &w, &r));
	/* Just claimed. */
	windows[2].id = 2;
	assert_false(memory_reap(&m, 2, &w, &r));
	assert_false(memory_peek(&m, 2, 5000, &w, &r));
	windows[1].owner = 0;
	windows[1].opens = 1;
	rips[1].cell[0] = (struct rip_cell){ 0x401000, CPUID, 3 };
	assert_int_equal(full, 1);
	assert_true(memory_reap(&m, 1, &w, &r));
	assert_int_equal(w.exits, 2);
	assert_int_equal(r.cell[0].count, 3);
	assert_int_equal(full, 0);
	assert_int_equal(windows[1].id, 0);
	assert_int_equal(windows[1].vm, 0);
	assert_int_equal(rips[1].cell[0].what, 0);
	assert_false(memory_peek(&m, 1, 5000, &w, &r));
}

static void why(const struct trace_host *h, const char *want)
{
	char text[512] = "";

	assert_int_equal(trace_host_judge(h, text, sizeof(text)) == 0, !want);
	if (want)
		assert_contains(text, want);
}

static void each_reason_is_its_own(void **state)
{
	struct trace_host h = { 0 };

	(void)state;
	why(&h, "need CAP_BPF: run it as root");
	h.root = true;
	why(&h, "CAP_BPF: run it as root with all capabilities");
	h.cap_bpf = true;
	why(&h, "CAP_PERFMON");
	h.cap_perfmon = true;
	why(&h, "kvm is not loaded");
	h.kvm = true;
	why(&h, "without a vendor's module");
	h.kvm_device = true;
	why(&h, "CONFIG_DEBUG_INFO_BTF");
	h.btf = true;
	why(&h, NULL);
	h.locked_down = true;
	why(&h, "locked down (confidentiality)");
	h = (struct trace_host){ .cap_sys_admin = true,
				 .kvm = true,
				 .kvm_device = true,
				 .btf = true };
	why(&h, NULL);
}

static void tier(const struct trace_offer *o, char asked, char want,
		 const char *reason)
{
	char text[512] = "";

	assert_int_equal(trace_best_tier(o, asked, text, sizeof(text)), want);
	assert_contains(text, reason);
}

static void the_best_tier(void **state)
{
	struct trace_offer all = { .types = true,
				   .tracepoint = true,
				   .record = true,
				   .vcpu = true,
				   .exit_args = true,
				   .svm = true,
				   .ioctl_run = true };
	struct trace_offer o = all;

	(void)state;
	tier(&o, 0, 'A', "");
	tier(&o, 'C', 'C', "");
	tier(&o, 'x', 'A', "");
	o.ioctl_run = false;
	tier(&o, 0, 'B', "");
	/* Intel. */
	o.svm = false;
	tier(&o, 0, 'C', "");
	tier(&o, 'A', 'C', "");
	o.record = false;
	tier(&o, 0, 0, "mount -t tracefs");
	o.tracepoint = false;
	tier(&o, 0, 0, "CONFIG_TRACEPOINTS");
	o.types = false;
	tier(&o, 0, 0, "CONFIG_DEBUG_INFO_BTF_MODULES");
	/* Without hardware's help nothing of that is needed. */
	o.soft = true;
	tier(&o, 0, 'D', "");
	o = all;
	o.record = false;
	tier(&o, 0, 'A', "");
	tier(&o, 'C', 0, "mount -t tracefs");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(exits_that_no_program_saw),
		cmocka_unit_test_setup(windows_are_given_out_once, set_up),
		cmocka_unit_test_setup(what_is_under_way_is_part_of_it, set_up),
		cmocka_unit_test_setup(of_a_new_kind_it_is_nobodys, set_up),
		cmocka_unit_test_setup(the_vmm_ends_at_the_ioctl, set_up),
		cmocka_unit_test_setup(only_windows_that_were_left_are_reaped,
				       set_up),
		cmocka_unit_test(each_reason_is_its_own),
		cmocka_unit_test(the_best_tier),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
