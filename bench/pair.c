// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"
#include "pair.h"

#define LIMIT_S 5
#define RETRY_US 1000

struct sockaddr_in pair_address(u32 ip, u16 port)
{
	return (struct sockaddr_in){
		.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(ip),
	};
}

/*
 * A socket none of whose calls blocks for longer than the limit; connect(2)
 * keeps to SO_SNDTIMEO and accept(2) to SO_RCVTIMEO, socket(7).
 */
static void limit(int sock)
{
	struct timeval tv = { .tv_sec = LIMIT_S };

	setsockopt(sock, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
	setsockopt(sock, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv));
}

static int limited_socket(int type)
{
	int sock = socket(AF_INET, type | SOCK_CLOEXEC, 0);

	if (sock < 0)
		return -errno;
	limit(sock);
	return sock;
}

/*
 * SO_REUSEADDR at both ends: a connection in TIME-WAIT, of an earlier sample
 * with this port or of one whose other end was given it as an ephemeral port,
 * keeps the port from being listened on unless it had the option too.
 */
static int tcp_socket(void)
{
	int sock = limited_socket(SOCK_STREAM), one = 1;

	if (sock >= 0)
		setsockopt(sock, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	return sock;
}

static int close_failed(int sock)
{
	int err = errno;

	close(sock);
	return -err;
}

int pair_listen(const struct pair_opt *opt)
{
	struct sockaddr_in here = pair_address(opt->yourip, opt->port);
	int sock = tcp_socket();

	if (sock < 0)
		return sock;
	if (bind(sock, (struct sockaddr *)&here, sizeof(here)) ||
	    listen(sock, 1))
		return close_failed(sock);
	return sock;
}

/*
 * With nobody listening, a connection to a port of the own machine that is
 * also picked as the source port connects to itself (simultaneous open, RFC
 * 9293, 3.5), and keeps the other machine from listening.
 */
static bool to_itself(int sock, const struct sockaddr_in *there)
{
	struct sockaddr_in here;
	socklen_t len = sizeof(here);

	return !getsockname(sock, (struct sockaddr *)&here, &len) &&
	       here.sin_port == there->sin_port &&
	       here.sin_addr.s_addr == there->sin_addr.s_addr;
}

static int connect_once(const struct pair_opt *opt)
{
	struct sockaddr_in there = pair_address(opt->otherip, opt->port);
	int sock = tcp_socket();

	if (sock < 0)
		return sock;
	if (connect(sock, (struct sockaddr *)&there, sizeof(there)))
		return close_failed(sock);
	if (to_itself(sock, &there)) {
		errno = ECONNREFUSED;
		return close_failed(sock);
	}
	return sock;
}

/* The server says something during a set-up when the other machine failed. */
static void fail_when_stopped(int fd)
{
	if (stop_requested(fd))
		bench_fail(fd, "the set-up was aborted");
}

static int accept_pair(int fd, const struct pair_opt *opt)
{
	int sock, listener = pair_listen(opt);
	struct pollfd p[2] = {
		{ .fd = listener, .events = POLLIN },
		{ .fd = fd, .events = POLLIN },
	};

	if (listener < 0)
		bench_fail(fd, "cannot listen on port %u: %s", opt->port,
			   strerror(-listener));
	send_ack(fd);
	while (poll(p, 2, LIMIT_S * 1000) < 0 && errno == EINTR)
		;
	if (!p[0].revents)
		fail_when_stopped(fd);
	if (!p[0].revents)
		bench_fail(fd, "the other machine did not connect within %d s",
			   LIMIT_S);
	sock = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	if (sock < 0)
		bench_fail(fd, "accept: %s", strerror(errno));
	limit(sock);
	close(listener);
	return sock;
}

static int connect_pair(int fd, const struct pair_opt *opt)
{
	u64 end = clock_ns() + LIMIT_S * NSEC_PER_SEC;
	int sock;

	for (;;) {
		sock = connect_once(opt);
		if (sock >= 0)
			return sock;
		if (sock != -ECONNREFUSED || clock_ns() >= end)
			bench_fail(fd,
				   "cannot connect to the other machine: "
				   "%s",
				   strerror(sock == -EINPROGRESS ? ETIMEDOUT :
								   -sock));
		fail_when_stopped(fd);
		usleep(RETRY_US);
	}
}

int pair_tcp(int fd, const struct pair_opt *opt)
{
	int one = 1;
	int sock = opt->start ? accept_pair(fd, opt) : connect_pair(fd, opt);

	setsockopt(sock, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	return sock;
}

static u16 bound_port(int sock)
{
	struct sockaddr_in here = { 0 };
	socklen_t len = sizeof(here);

	getsockname(sock, (struct sockaddr *)&here, &len);
	return ntohs(here.sin_port);
}

/*
 * Over TCP each tells the other its port.  That loses nothing, needs no
 * repetition, resolves the addresses before the time runs, and works for two
 * machines with one address, as processes on one host may have.
 */
int pair_udp(int fd, const struct pair_opt *opt)
{
	struct sockaddr_in here =
		pair_address(opt->yourip, opt->start ? opt->port : 0);
	int meeting = pair_tcp(fd, opt), sock = limited_socket(SOCK_DGRAM);
	struct sockaddr_in there;
	u16 mine, theirs;

	if (sock < 0)
		bench_fail(fd, "UDP socket: %s", strerror(-sock));
	if (bind(sock, (struct sockaddr *)&here, sizeof(here)))
		bench_fail(fd, "cannot bind UDP port %u: %s", opt->port,
			   strerror(errno));
	mine = htons(bound_port(sock));
	send_all(fd, meeting, &mine, sizeof(mine));
	recv_all(fd, meeting, &theirs, sizeof(theirs));
	close(meeting);
	there = pair_address(opt->otherip, ntohs(theirs));
	if (connect(sock, (struct sockaddr *)&there, sizeof(there)))
		bench_fail(fd, "UDP connect: %s", strerror(errno));
	return sock;
}

static void broken(int fd, const char *what)
{
	if (errno == EAGAIN)
		bench_fail(fd, "%s the other machine: nothing moved for %d s",
			   what, LIMIT_S);
	bench_fail(fd, "%s the other machine: %s", what, strerror(errno));
}

void send_all(int fd, int sock, const void *data, size_t len)
{
	ssize_t n;

	for (size_t done = 0; done < len; done += n) {
		n = send(sock, (const u8 *)data + done, len - done,
			 MSG_NOSIGNAL);
		if (n < 0 && errno != EINTR)
			broken(fd, "sending to");
		if (n < 0)
			n = 0;
	}
}

void recv_all(int fd, int sock, void *data, size_t len)
{
	ssize_t n;

	for (size_t done = 0; done < len; done += n) {
		n = recv(sock, (u8 *)data + done, len - done, 0);
		if (n == 0)
			bench_fail(fd, "the other machine closed the "
				       "connection");
		if (n < 0 && errno != EINTR)
			broken(fd, "receiving from");
		if (n < 0)
			n = 0;
	}
}
