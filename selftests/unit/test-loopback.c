// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <sched.h>
#include <unistd.h>

#include "../../user/loopback.h"
#include "unit.h"

/* Where nobody else reserves anything. */
static bool own_network;

static int setup(void **state)
{
	(void)state;
	own_network = !unshare(CLONE_NEWNET) ||
		      !unshare(CLONE_NEWUSER | CLONE_NEWNET);
	return 0;
}

static bool overlap(const struct loopback *a, const struct loopback *b)
{
	return a->port_first <= b->port_last && b->port_first <= a->port_last;
}

/* As many runs as have ports apart; other runs may be on this machine. */
static void each_has_its_own(void **state)
{
	struct loopback l[5];

	(void)state;
	for (int i = 0; i < 5; i++)
		assert_int_equal(loopback_reserve(&l[i], false), 0);
	for (int i = 1; i < 5; i++) {
		assert_true(l[i].net > l[i - 1].net);
		assert_false(overlap(&l[i], &l[i - 1]));
		assert_true(l[i].port_last > l[i].port_first);
	}
	for (int i = 0; i < 5; i++)
		close(l[i].fd);
}

static void given_back(void **state)
{
	struct loopback first, second;

	(void)state;
	assert_int_equal(loopback_reserve(&first, true), 0);
	close(first.fd);
	assert_int_equal(loopback_reserve(&second, true), 0);
	assert_true(second.net <= first.net);
	assert_true(second.port_last - second.port_first > 5000);
	close(second.fd);
}

static void all_taken(void **state)
{
	static struct loopback l[300];
	int n = 0, ret;

	(void)state;
	if (!own_network)
		skip();
	while (!(ret = loopback_reserve(&l[n], false)))
		assert_true(++n < 255);
	assert_int_equal(ret, -EADDRINUSE);
	assert_int_equal(l[n].fd, -1);
	while (n--)
		close(l[n].fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_has_its_own),
		cmocka_unit_test(given_back),
		cmocka_unit_test(all_taken),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
