// SPDX-License-Identifier: GPL-2.0-only
/*
 * How a client joins the server: it connects first, and collects its facts, which
 * takes time, after that, as the start of its machine (boot/to-connected) ends when
 * it has connected.
 */
#include "../../guest/serve.c"
#include "../../user/bringup.c"
#include "unit.h"

static int listener = -1, server = -1;
static u64 asked_ns;

/* In place of guest/facts.c; there is a connection by now. */
void facts_collect(struct msg_hello *h)
{
	struct msg reply;

	asked_ns = clock_ns();
	server = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	assert_true(server >= 0);
	h->cpus = 7;
	msg_text(&reply, MSG_WELCOME, "none");
	channel_send(server, &reply);
}

static u16 listen_somewhere(void)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };
	socklen_t len = sizeof(sin);

	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	listener =
		socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	assert_int_equal(bind(listener, (struct sockaddr *)&sin, len), 0);
	assert_int_equal(listen(listener, 1), 0);
	getsockname(listener, (struct sockaddr *)&sin, &len);
	return ntohs(sin.sin_port);
}

static void a_client_connects_before_it_collects_facts(void **state)
{
	struct client_args a = { .server = INADDR_LOOPBACK, .id = 3 };
	static struct channel client, peer;
	struct msg_hello h;

	(void)state;
	a.port = listen_somewhere();
	assert_int_equal(join(&client, &a), 0);
	channel_init(&peer, server);
	assert_int_equal(channel_poll(&peer), 1);
	assert_int_equal(msg_get_hello(&peer.in, &h), 0);
	assert_int_equal(h.id, 3);
	assert_int_equal(h.cpus, 7);
	assert_true(h.connected_ns <= asked_ns);
	close(client.fd);
	close(server);
	close(listener);
}

static void the_server_counts_from_the_connection(void **state)
{
	struct machine m = { .state = MACHINE_STARTING };
	static struct session s = { .nmachines = 1, .private_net = true };
	struct bringup b = { .s = &s };
	struct pending p = { .connected_ns = 1234, .peer = 0x0a000001 };
	struct msg_hello h = { .addr = 0x0a000001 };
	int fd[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), 0);
	s.machines = &m;
	p.ch.fd = fd[0];
	msg_put_hello(&p.ch.in, &h);
	welcome(&b, &p);
	assert_int_equal(m.state, MACHINE_UP);
	assert_int_equal(m.connected_ns, 1234);
	close(fd[0]);
	close(fd[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_client_connects_before_it_collects_facts),
		cmocka_unit_test(the_server_counts_from_the_connection),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
