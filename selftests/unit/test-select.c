// SPDX-License-Identifier: GPL-2.0-only
/* The choice among benchmarks of two folders of our own. */
#undef VBENCH_GROUPS
#define VBENCH_GROUPS X(fast) X(slow)
#include "../../bench/registry.c"

#include "../../user/select.h"
#include "../../user/suggest.h"
#include "unit.h"

#undef VBENCH_GROUP
#define VBENCH_GROUP fast
static struct benchmark fork_ _benchmark_ = { .name = "fork" };
static struct benchmark ping_ _benchmark_ = { .name = "ping" };
static struct benchmark clock_time_ _benchmark_ = { .name = "clock-time" };
static struct benchmark read_disk_ _benchmark_ = { .name = "read-disk" };

#undef VBENCH_GROUP
#define VBENCH_GROUP slow
static struct benchmark slow_ping_ _benchmark_ = { .name = "ping" };
static struct benchmark read_net_ _benchmark_ = { .name = "read-net" };

static char why[512];

/* The names that are chosen, with a space behind each. */
static const char *chosen(const char *a, const char *b)
{
	static char names[512];
	char *patterns[] = { (char *)a, (char *)b };
	const struct bench_entry **list;
	char name[BENCH_NAME_MAX];
	size_t n;

	names[0] = why[0] = '\0';
	list = select_benchmarks(patterns,
				 !a ? 0 :
				 b  ? 2 :
				      1,
				 &n, why, sizeof(why));
	if (!list) {
		assert_int_equal(n, 0);
		assert_int_not_equal(why[0], '\0');
		return NULL;
	}
	for (size_t i = 0; i < n; i++) {
		strcat(names, bench_full_name(list[i], name, sizeof(name)));
		strcat(names, " ");
	}
	free(list);
	return names;
}

#define FAST "fast/clock-time fast/fork fast/ping fast/read-disk "
#define SLOW "slow/ping slow/read-net "

static void none_means_all(void **state)
{
	(void)state;
	assert_string_equal(chosen(NULL, NULL), FAST SLOW);
}

static void names(void **state)
{
	(void)state;
	assert_string_equal(chosen("fork", NULL), "fast/fork ");
	assert_string_equal(chosen("fast/fork", NULL), "fast/fork ");
	assert_string_equal(chosen("slow/ping", NULL), "slow/ping ");
	/* The registry's order, not the command line's. */
	assert_string_equal(chosen("read-net", "fork"),
			    "fast/fork slow/read-net ");
}

static void groups_of_them(void **state)
{
	(void)state;
	assert_string_equal(chosen("fast", NULL), FAST);
	assert_string_equal(chosen("slow", "fast/fork"), "fast/fork " SLOW);
}

static void globs(void **state)
{
	(void)state;
	assert_string_equal(chosen("*", NULL), FAST SLOW);
	assert_string_equal(chosen("read-*", NULL),
			    "fast/read-disk slow/read-net ");
	assert_string_equal(chosen("slow/*", NULL), SLOW);
	assert_string_equal(chosen("*/ping", NULL), "fast/ping slow/ping ");
	assert_string_equal(chosen("p?ng", NULL), "fast/ping slow/ping ");
	assert_string_equal(chosen("[cf]*k", NULL),
			    "fast/fork fast/read-disk ");
	assert_null(chosen("x*", NULL));
	assert_contains(why, "x*");
}

static void doubles_count_once(void **state)
{
	(void)state;
	assert_string_equal(chosen("fork", "fork"), "fast/fork ");
	assert_string_equal(chosen("fast", "*"), FAST SLOW);
}

/* As virtbench's users type it, whatever groups have one of that name. */
static void a_bare_name_means_all_of_that_name(void **state)
{
	(void)state;
	assert_string_equal(chosen("ping", NULL), "fast/ping slow/ping ");
	assert_string_equal(chosen("fork", "ping"),
			    "fast/fork fast/ping slow/ping ");
	assert_string_equal(chosen("slow/ping", "ping"),
			    "fast/ping slow/ping ");
}

static void a_short_buffer_gets_a_string(void **state)
{
	char *patterns[] = { (char *)"frok" };
	size_t n;

	(void)state;
	memset(why, 'x', sizeof(why));
	assert_null(select_benchmarks(patterns, 1, &n, why, 10));
	assert_true(strlen(why) < 10);
}

/* What is left of @asked (NULL: all) without @words. */
static const char *without(const char *asked, const char *words)
{
	static char names[512];
	char *patterns[] = { (char *)asked };
	const struct bench_entry **list;
	char name[BENCH_NAME_MAX];
	size_t n;
	int ret;

	names[0] = why[0] = '\0';
	list = select_benchmarks(patterns, asked != NULL, &n, why, sizeof(why));
	assert_non_null(list);
	ret = select_exclude(list, &n, words, why, sizeof(why));
	for (size_t i = 0; i < n; i++) {
		strcat(names, bench_full_name(list[i], name, sizeof(name)));
		strcat(names, " ");
	}
	free(list);
	return ret ? NULL : names;
}

static void excluded(void **state)
{
	(void)state;
	assert_string_equal(without(NULL, "fast"), SLOW);
	assert_string_equal(without(NULL, "read-*,fast/ping"),
			    "fast/clock-time fast/fork slow/ping ");
	/* A name means every benchmark of that name. */
	assert_string_equal(without(NULL, "ping"),
			    "fast/clock-time fast/fork fast/read-disk "
			    "slow/read-net ");
	assert_string_equal(without("fast", ",fork,"),
			    "fast/clock-time fast/ping fast/read-disk ");
	/* One that was not asked for is no mistake; one that is not there is. */
	assert_string_equal(without("slow", "fork"), SLOW);
	assert_null(without(NULL, "fork,clock-tine"));
	assert_contains(why, "did you mean \"clock-time\"");
	assert_null(without("slow", "ping,read-*"));
	assert_contains(why, "no benchmark is left");
}

static void unknown_names(void **state)
{
	(void)state;
	assert_null(chosen("frok", NULL));
	assert_contains(why, "\"frok\"");
	assert_contains(why, "did you mean \"fork\"");
	assert_null(chosen("fork", "clock-tine"));
	assert_contains(why, "\"clock-time\"");
	assert_null(chosen("fast/frok", NULL));
	assert_contains(why, "\"fast/fork\"");
	assert_null(chosen("slwo", NULL));
	assert_contains(why, "\"slow\"");
	assert_null(chosen("quicksort", NULL));
	assert_null(strstr(why, "did you mean"));
	assert_null(chosen("", NULL));
}

static const char *suggested(const char *typed)
{
	struct suggest s = { .typed = typed };

	suggest_offer(&s, "context-switch");
	suggest_offer(&s, "fork");
	suggest_offer(&s, "exec");
	return s.best;
}

static void suggestions(void **state)
{
	char endless[2000];

	(void)state;
	assert_string_equal(suggested("fork"), "fork");
	assert_string_equal(suggested("fokr"), "fork");
	assert_string_equal(suggested("forks"), "fork");
	assert_string_equal(suggested("exe"), "exec");
	assert_string_equal(suggested("context"), "context-switch");
	assert_string_equal(suggested("contxt-swich"), "context-switch");
	assert_null(suggested("pingpong"));
	assert_null(suggested(""));
	memset(endless, 'x', sizeof(endless));
	endless[sizeof(endless) - 1] = '\0';
	suggested(endless);
}

static void registry_is_searched_by_full_name(void **state)
{
	(void)state;
	assert_ptr_equal(registry_find("slow/ping")->bench, &slow_ping_);
	assert_ptr_equal(registry_find("fast/ping")->bench, &ping_);
	assert_null(registry_find("ping"));
	assert_null(registry_find("slow/fork"));
	assert_null(registry_find(""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(none_means_all),
		cmocka_unit_test(names),
		cmocka_unit_test(groups_of_them),
		cmocka_unit_test(globs),
		cmocka_unit_test(doubles_count_once),
		cmocka_unit_test(excluded),
		cmocka_unit_test(a_bare_name_means_all_of_that_name),
		cmocka_unit_test(a_short_buffer_gets_a_string),
		cmocka_unit_test(unknown_names),
		cmocka_unit_test(suggestions),
		cmocka_unit_test(registry_is_searched_by_full_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
