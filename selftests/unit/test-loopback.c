// SPDX-License-Identifier: GPL-2.0-only
#include <net/if.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../../user/loopback.h"
#include "unit.h"

/* Where nobody else reserves anything. */
static bool own_network;

static bool lo_up(void)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq ifr = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	bool up = fd >= 0 && !ioctl(fd, SIOCSIFFLAGS, &ifr);

	close(fd);
	return up;
}

static int setup(void **state)
{
	(void)state;
	own_network = (!unshare(CLONE_NEWNET) ||
		       !unshare(CLONE_NEWUSER | CLONE_NEWNET)) &&
		      lo_up();
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
	for (int i = 0; i < 5; i++) {
		loopback_reserve(&l[i], false);
		assert_true(l[i].net_fd >= 0 && l[i].ports_fd >= 0);
		assert_int_equal(l[i].net >> 16, 127);
		assert_true(l[i].port_last > l[i].port_first);
		for (int j = 0; j < i; j++) {
			assert_true(l[i].net != l[j].net);
			assert_false(overlap(&l[i], &l[j]));
		}
	}
	for (int i = 0; i < 5; i++)
		loopback_release(&l[i]);
}

/* Nobody can keep a run from having any. */
static void all_taken(void **state)
{
	struct loopback l[11];
	u32 ports = 0;

	(void)state;
	if (!own_network)
		skip();
	for (int i = 0; i < 11; i++) {
		loopback_reserve(&l[i], false);
		ports |= 1u << (l[i].port_first - 20000) / 1000;
	}
	assert_int_equal(ports, 0x3ff);
	assert_true(l[10].ports_fd < 0 && l[10].net_fd >= 0);
	assert_true(l[10].port_last > l[10].port_first);
	loopback_release(&l[3]);
	loopback_reserve(&l[3], false);
	assert_true(l[3].ports_fd >= 0);
	for (int i = 0; i < 11; i++)
		loopback_release(&l[i]);
}

static void alone(void **state)
{
	struct loopback l;

	(void)state;
	loopback_reserve(&l, true);
	assert_int_equal(l.net, 0x7f0001);
	assert_true(l.port_last - l.port_first > 5000);
	loopback_release(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_has_its_own),
		cmocka_unit_test(all_taken),
		cmocka_unit_test(alone),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
