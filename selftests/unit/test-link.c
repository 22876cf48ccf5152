// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../../rootfs/hostinit/link.h"
#include "unit.h"

static struct link l;
static int other;

static int set_up(void **state)
{
	int sv[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, sv))
		return -1;
	fcntl(sv[0], F_SETFL, O_NONBLOCK);
	other = sv[1];
	return link_init(&l, sv[0]);
}

static int tear_down(void **state)
{
	close(l.fd);
	close(other);
	link_free(&l);
	return 0;
}

/* What @l writes comes back to it, in pieces of @piece bytes. */
static int echo(size_t piece, struct frame *f)
{
	static char buf[LINK_FRAME_MAX + 64];
	size_t n = 0, at = 0;
	int ret = 0;

	while (l.nout) {
		assert_int_equal(link_flush(&l), 0);
		n += read(other, buf + n, sizeof(buf) - n);
	}
	while (at < n && ret == 0) {
		size_t len = n - at < piece ? n - at : piece;

		assert_int_equal(write(other, buf + at, len), len);
		at += len;
		assert_int_equal(link_fill(&l), 0);
		ret = link_next(&l, f);
		/* Not before its last byte. */
		assert_true(ret == 0 || at == n);
	}
	return ret;
}

static void byte_by_byte(void **state)
{
	struct frame f;

	assert_int_equal(link_put_text(&l, LINK_ARG, "a b"), 0);
	assert_int_equal(echo(1, &f), 1);
	assert_int_equal(f.type, LINK_ARG);
	assert_int_equal(f.len, 3);
	assert_string_equal(f.data, "a b");
}

static void two_in_one_read(void **state)
{
	struct frame f;

	link_put_text(&l, LINK_ENV, "first");
	link_put(&l, LINK_START, NULL, 0);
	assert_int_equal(echo(100, &f), 1);
	assert_string_equal(f.data, "first");
	assert_int_equal(link_next(&l, &f), 1);
	assert_int_equal(f.type, LINK_START);
	assert_int_equal(f.len, 0);
	assert_string_equal(f.data, "");
	assert_int_equal(link_next(&l, &f), 0);
}

static void largest(void **state)
{
	char *data = calloc(1, LINK_FRAME_MAX + 1);
	struct frame f;

	assert_int_equal(link_put(&l, LINK_ENV, data, LINK_FRAME_MAX + 1),
			 -EMSGSIZE);
	assert_int_equal(l.nout, 0);
	data[LINK_FRAME_MAX - 1] = 'z';
	assert_int_equal(link_put(&l, LINK_ENV, data, LINK_FRAME_MAX), 0);
	assert_int_equal(echo(1000, &f), 1);
	assert_int_equal(f.len, LINK_FRAME_MAX);
	assert_int_equal(f.data[LINK_FRAME_MAX - 1], 'z');
	free(data);
}

/* A kernel under test may send anything. */
static void too_long(void **state)
{
	static const unsigned char head[] = { 0xff, 0xff, 0xff, LINK_OUTPUT };
	struct frame f;

	assert_int_equal(write(other, head, sizeof(head)), sizeof(head));
	assert_int_equal(link_fill(&l), 0);
	assert_int_equal(link_next(&l, &f), -EPROTO);
}

static void closed(void **state)
{
	assert_int_equal(link_fill(&l), 0);
	shutdown(other, SHUT_WR);
	assert_int_equal(link_fill(&l), -EPIPE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(byte_by_byte, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(two_in_one_read, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(largest, set_up, tear_down),
		cmocka_unit_test_setup_teardown(too_long, set_up, tear_down),
		cmocka_unit_test_setup_teardown(closed, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
