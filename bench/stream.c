// SPDX-License-Identifier: GPL-2.0-only
#include <unistd.h>

#include "pair.h"
#include "stream.h"

/*
 * Opens the congestion window: slow start from 10 segments (RFC 6928) would
 * otherwise take part in the first operation only.
 */
#define WARM_UP_BYTES (128u << 10)

static u8 chunk[64 << 10];

static void send_bytes(int fd, int sock, u32 bytes)
{
	for (u32 done = 0; done < bytes; done += sizeof(chunk))
		send_all(fd, sock, chunk, sizeof(chunk));
}

static void recv_bytes(int fd, int sock, u32 bytes)
{
	for (u32 done = 0; done < bytes; done += sizeof(chunk))
		recv_all(fd, sock, chunk, sizeof(chunk));
}

void stream_send(int fd, int sock)
{
	send_bytes(fd, sock, STREAM_BYTES);
}

static void sender(int fd, u32 runs, int sock,
		   void (*send_one)(int fd, int sock))
{
	u8 arrived;

	send_bytes(fd, sock, WARM_UP_BYTES);
	if (!wait_for_start(fd))
		return;
	for (u32 i = 0; i < runs; i++)
		send_one(fd, sock);
	recv_all(fd, sock, &arrived, sizeof(arrived));
	send_ack(fd);
}

static void receiver(int fd, u32 runs, int sock)
{
	u8 arrived = 1;

	recv_bytes(fd, sock, WARM_UP_BYTES);
	if (!wait_for_start(fd))
		return;
	for (u32 i = 0; i < runs; i++)
		recv_bytes(fd, sock, STREAM_BYTES);
	send_all(fd, sock, &arrived, sizeof(arrived));
	send_ack(fd);
}

void stream_bench(int fd, u32 runs, const struct pair_opt *opt,
		  void (*send_one)(int fd, int sock))
{
	int sock = pair_tcp(fd, opt);

	if (opt->start)
		sender(fd, runs, sock, send_one);
	else
		receiver(fd, runs, sock);
	close(sock);
}
