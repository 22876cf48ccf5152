// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../bench/channel.h"
#include "../../bench/clock.h"
#include "unit.h"

#define MS 1000000ull

static struct channel ch;
static int peer;

static int setup(void **state)
{
	int fd[2];

	(void)state;
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, fd))
		return -1;
	channel_init(&ch, fd[0]);
	peer = fd[1];
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	close(ch.fd);
	if (peer >= 0)
		close(peer);
	return 0;
}

static size_t make_frame(u8 *frame, const char *text)
{
	struct msg m;

	msg_text(&m, MSG_FAIL, text);
	msg_put_header(frame, &m);
	memcpy(frame + MSG_HEADER_SIZE, m.body, m.len);
	return MSG_HEADER_SIZE + m.len;
}

static void put_bytes(const void *data, size_t len)
{
	assert_int_equal(write(peer, data, len), len);
}

static void assert_text(const char *want)
{
	char text[MSG_TEXT_MAX];

	assert_int_equal(ch.in.type, MSG_FAIL);
	assert_int_equal(msg_get_text(&ch.in, text, sizeof(text)), 0);
	assert_string_equal(text, want);
}

static int waiting(void)
{
	int n;

	assert_int_equal(ioctl(ch.fd, FIONREAD, &n), 0);
	return n;
}

static void byte_by_byte(void **state)
{
	u8 frame[256];
	size_t len = make_frame(frame, "slowly");

	(void)state;
	for (int round = 0; round < 2; round++) {
		assert_int_equal(channel_poll(&ch), 0);
		for (size_t i = 0; i < len; i++) {
			put_bytes(&frame[i], 1);
			assert_int_equal(channel_poll(&ch), i == len - 1);
		}
		assert_text("slowly");
	}
}

static void never_beyond_the_frame(void **state)
{
	u8 frames[512];
	size_t first = make_frame(frames, "first");
	size_t both = first + make_frame(frames + first, "the second");

	(void)state;
	put_bytes(frames, both);
	assert_int_equal(channel_poll(&ch), 1);
	assert_text("first");
	assert_int_equal(waiting(), both - first);
	assert_int_equal(channel_recv(&ch, NO_DEADLINE), 0);
	assert_text("the second");
	assert_int_equal(channel_poll(&ch), 0);
}

static void without_a_body(void **state)
{
	struct msg m;

	(void)state;
	msg_empty(&m, MSG_START);
	assert_int_equal(channel_send(peer, &m), 0);
	assert_int_equal(channel_send(peer, &m), 0);
	assert_int_equal(waiting(), 2 * MSG_HEADER_SIZE);
	assert_int_equal(channel_poll(&ch), 1);
	assert_int_equal(ch.in.type, MSG_START);
	assert_int_equal(ch.in.len, 0);
	assert_int_equal(channel_poll(&ch), 1);
}

static void deadline(void **state)
{
	u64 begin = clock_ns();
	u8 frame[256];
	size_t len = make_frame(frame, "late");

	(void)state;
	assert_int_equal(channel_recv(&ch, begin + 30 * MS), -ETIMEDOUT);
	assert_true(clock_ns() >= begin + 30 * MS);
	/* Half a frame is none, and not lost. */
	put_bytes(frame, len / 2);
	assert_int_equal(channel_recv(&ch, clock_ns() + 10 * MS), -ETIMEDOUT);
	assert_int_equal(channel_recv(&ch, 0), -ETIMEDOUT);
	put_bytes(frame + len / 2, len - len / 2);
	/* What is there is taken even after the deadline. */
	assert_int_equal(channel_recv(&ch, 0), 0);
	assert_text("late");
}

static void closed(void **state)
{
	u8 frame[256];
	size_t len = make_frame(frame, "last");

	(void)state;
	put_bytes(frame, len);
	put_bytes(frame, len / 2);
	close(peer);
	peer = -1;
	assert_int_equal(channel_recv(&ch, NO_DEADLINE), 0);
	assert_text("last");
	assert_int_equal(channel_recv(&ch, NO_DEADLINE), -ECONNRESET);
	assert_int_equal(channel_poll(&ch), -ECONNRESET);
}

static volatile sig_atomic_t signals;

static void count_signal(int sig)
{
	(void)sig;
	signals++;
}

static void send_to_a_closed_peer(void **state)
{
	struct msg m;

	(void)state;
	signals = 0;
	signal(SIGPIPE, count_signal);
	msg_empty(&m, MSG_START);
	close(peer);
	peer = -1;
	assert_int_equal(channel_send(ch.fd, &m), -EPIPE);
	assert_int_equal(channel_send(ch.fd, &m), -EPIPE);
	assert_int_equal(signals, 0);
	signal(SIGPIPE, SIG_DFL);
}

/* More than the socket's buffer takes at once. */
static void a_slow_reader(void **state)
{
	int small = 1, status;
	struct msg m;
	pid_t pid;

	(void)state;
	setsockopt(peer, SOL_SOCKET, SO_SNDBUF, &small, sizeof(small));
	msg_empty(&m, MSG_FAIL);
	m.len = MSG_BODY_MAX;
	memset(m.body, 0x5a, sizeof(m.body));
	pid = fork();
	if (!pid) {
		for (int i = 0; i < 50; i++)
			if (channel_send(peer, &m))
				_exit(1);
		_exit(0);
	}
	assert_true(pid > 0);
	for (int i = 0; i < 50; i++) {
		usleep(500);
		assert_int_equal(channel_recv(&ch, clock_ns() + 9000 * MS), 0);
		assert_int_equal(ch.in.len, MSG_BODY_MAX);
		assert_memory_equal(ch.in.body, m.body, sizeof(m.body));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

/* Sends a good header with byte @at set to @value. */
static int poll_header(int at, u8 value, char *why, size_t size)
{
	u8 frame[256];
	int ret;

	make_frame(frame, "x");
	frame[at] = value;
	put_bytes(frame, MSG_HEADER_SIZE);
	ret = channel_poll(&ch);
	channel_error(&ch, ret, why, size);
	return ret;
}

static void rubbish(void **state)
{
	char why[256];

	(void)state;
	assert_int_equal(poll_header(0, 'X', why, sizeof(why)), -EPROTO);
	assert_contains(why, "not vbench's protocol");
}

static void another_version(void **state)
{
	char why[256];

	(void)state;
	assert_int_equal(poll_header(4, 99, why, sizeof(why)),
			 -EPROTONOSUPPORT);
	assert_contains(why, "version 99");
}

static void four_gigabytes(void **state)
{
	u8 frame[256];
	char why[256];

	(void)state;
	make_frame(frame, "x");
	memset(frame + 8, 0xff, 4);
	put_bytes(frame, MSG_HEADER_SIZE);
	assert_int_equal(channel_recv(&ch, NO_DEADLINE), -EMSGSIZE);
	assert_contains(channel_error(&ch, -EMSGSIZE, why, sizeof(why)),
			"4294967295");
}

static void errors_have_words(void **state)
{
	char why[256];

	(void)state;
	assert_contains(channel_error(&ch, -ECONNRESET, why, sizeof(why)),
			"closed");
	assert_contains(channel_error(&ch, -ETIMEDOUT, why, sizeof(why)),
			"in time");
	assert_contains(channel_error(&ch, -EIO, why, sizeof(why)),
			strerror(EIO));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(byte_by_byte),
		TEST(never_beyond_the_frame),
		TEST(without_a_body),
		TEST(deadline),
		TEST(closed),
		TEST(send_to_a_closed_peer),
		TEST(a_slow_reader),
		TEST(rubbish),
		TEST(another_version),
		TEST(four_gigabytes),
		TEST(errors_have_words),
	};

	/* A test that hangs ends here. */
	alarm(60);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
