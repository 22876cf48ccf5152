// SPDX-License-Identifier: GPL-2.0-only
/* How kernels differ, by their BTF. */
#include "unit.h"

#include <bpf/btf.h>

#include "../../user/trace-offer.h"

static struct btf *btf;

static int set_up(void **state)
{
	(void)state;
	btf = btf__new_empty();
	return !btf || btf__add_int(btf, "long unsigned int", 8, 0) != 1;
}

static int tear_down(void **state)
{
	(void)state;
	btf__free(btf);
	return 0;
}

static void add_snapshot(const char *second)
{
	btf__add_struct(btf, "tp_transition_snapshot", 24);
	btf__add_field(btf, "rcu", 1, 0, 0);
	if (second)
		btf__add_field(btf, second, 1, 64, 0);
	btf__add_field(btf, "ongoing", 1, 128, 0);
}

/* Linux 6.18 has no second member. */
static void not_without_srcu(void **state)
{
	(void)state;
	add_snapshot(NULL);
	assert_false(trace_is_preemptible(btf));
}

/* Before 6.13 it had another one, for tracepoints of the idle loop alone. */
static void not_with_srcu_of_the_idle_loop(void **state)
{
	(void)state;
	add_snapshot("srcu");
	assert_false(trace_is_preemptible(btf));
}

static void with_srcu(void **state)
{
	(void)state;
	add_snapshot("srcu_gp");
	assert_true(trace_is_preemptible(btf));
}

static void if_it_is_unknown(void **state)
{
	(void)state;
	assert_true(trace_is_preemptible(btf));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(not_without_srcu, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(not_with_srcu_of_the_idle_loop,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(with_srcu, set_up, tear_down),
		cmocka_unit_test_setup_teardown(if_it_is_unknown, set_up,
						tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
