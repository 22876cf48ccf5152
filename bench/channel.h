/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Frames over a stream socket, each read with a deadline.  A channel never
 * reads beyond the frame it is at, so the socket can be handed to another
 * process between two frames.
 */
#ifndef VBENCH_CHANNEL_H
#define VBENCH_CHANNEL_H

#include "protocol.h"

struct channel {
	int fd;
	u32 have; /* bytes of the current frame that have arrived */
	u16 version; /* of the last header */
	u8 header[MSG_HEADER_SIZE];
	struct msg in; /* whole after channel_poll() returned 1 */
};

#define NO_DEADLINE UINT64_MAX

/* Takes @fd over for reading and sets TCP_NODELAY where it is TCP. */
void channel_init(struct channel *ch, int fd);

/*
 * Takes what has arrived, never blocks: 1 a whole message is in ch->in, 0 not
 * yet, else -ECONNRESET (closed), -EPROTO, -EPROTONOSUPPORT, -EMSGSIZE or
 * what recv(2) said.  After an error the stream is out of step: close it.
 */
int channel_poll(struct channel *ch);

/* Blocks until clock_ns() reaches @deadline: 0 (ch->in), -ETIMEDOUT or as
 * channel_poll(). */
int channel_recv(struct channel *ch, u64 deadline);

/* 0, -ETIMEDOUT (the peer has not read for 5 s), or what send(2) said. */
int channel_send(int fd, const struct msg *m);

/* What went wrong, for people: "closed the connection". */
const char *channel_error(const struct channel *ch, int err, char *buf,
			  size_t size);

#endif
