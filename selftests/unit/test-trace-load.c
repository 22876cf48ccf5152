// SPDX-License-Identifier: GPL-2.0-only
/* Which programs are loaded into a kernel that refuses some, or lacks memory. */
#include "unit.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>

#include "../../user/say.h"
#include "../../user/trace-check.h"
#include "../../user/trace-load.h"

/* Of the kernel: the most windows that fit, and what it refuses. */
static u32 fits;
static bool refuses_fentry, refuses_btf;
static struct trace_load l;
static char why[256];

/* Instead of libbpf's: nothing is loaded. */
int bpf_object__load_skeleton(struct bpf_object_skeleton *s)
{
	(void)s;
	if (l.spec.windows > fits)
		return -ENOMEM;
	if (refuses_fentry && l.offer.ioctl_run)
		return -EINVAL;
	return refuses_btf && l.tier < 'C' ? -EINVAL : 0;
}

void trace_look(struct trace_offer *o)
{
	*o = (struct trace_offer){ .types = true,
				   .vcpu = true,
				   .exit_args = true,
				   .svm = true,
				   .ioctl_run = true };
}

char *trace_format(const char *event)
{
	(void)event;
	return strdup("field:unsigned int exit_reason; offset:8; size:4;");
}

bool in_first_pid_namespace(void)
{
	return true;
}

void say(const char *fmt, ...)
{
	(void)fmt;
}

void say_detail(const char *fmt, ...)
{
	(void)fmt;
}

static int set_up(void **state)
{
	(void)state;
	l = (struct trace_load){ .spec.windows = 1024 };
	fits = 1024;
	refuses_fentry = refuses_btf = false;
	unsetenv("VBENCH_TRACE_TIER");
	return 0;
}

static void loads(char tier, u32 windows)
{
	assert_int_equal(trace_load(&l, why, sizeof(why)), 0);
	assert_int_equal(l.tier, tier);
	assert_int_equal(l.offer.ioctl_run, tier == 'A');
	assert_int_equal(l.spec.windows, windows);
	trace_unload(&l);
}

static void the_best_tier_is_loaded(void **state)
{
	(void)state;
	loads('A', 1024);
}

static void a_refusal_lowers_the_tier(void **state)
{
	(void)state;
	refuses_fentry = true;
	loads('B', 1024);
	set_up(state);
	refuses_btf = true;
	loads('C', 1024);
}

static void too_little_memory_lowers_the_windows(void **state)
{
	(void)state;
	fits = 300;
	loads('A', 256);
	set_up(state);
	fits = 300;
	refuses_fentry = true;
	loads('B', 256);
}

static void memory_for_no_window(void **state)
{
	(void)state;
	fits = 0;
	assert_int_equal(trace_load(&l, why, sizeof(why)), -ENOMEM);
	assert_non_null(strstr(why, strerror(ENOMEM)));
	/* The kernel is not too old for that. */
	assert_null(strstr(why, "rejects"));
	trace_unload(&l);
}

static void too_few_files(void **state)
{
	(void)state;
	assert_int_equal(trace_load_explain(-EMFILE, why, sizeof(why)), -EMFILE);
	assert_contains(why, "ulimit -n");
	/* That limit is the whole system's. */
	trace_load_explain(-ENFILE, why, sizeof(why));
	assert_null(strstr(why, "ulimit"));
	assert_null(strstr(why, "rejects"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(the_best_tier_is_loaded, set_up),
		cmocka_unit_test_setup(a_refusal_lowers_the_tier, set_up),
		cmocka_unit_test_setup(too_little_memory_lowers_the_windows,
				       set_up),
		cmocka_unit_test_setup(memory_for_no_window, set_up),
		cmocka_unit_test(too_few_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
