// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "channel.h"
#include "clock.h"

#define SEND_LIMIT_MS 5000

void channel_init(struct channel *ch, int fd)
{
	int one = 1;

	memset(ch, 0, sizeof(*ch));
	ch->fd = fd;
	/* Without it Nagle's algorithm holds small frames for up to 40 ms. */
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
}

/* Reads up to @want bytes in all of the frame into @buf: 1 when there. */
static int fill(struct channel *ch, u8 *buf, u32 from, u32 want)
{
	ssize_t n;

	while (ch->have < want) {
		n = recv(ch->fd, buf + (ch->have - from), want - ch->have,
			 MSG_DONTWAIT);
		if (n == 0)
			return -ECONNRESET;
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			return 0;
		if (n < 0)
			return -errno;
		ch->have += n;
	}
	return 1;
}

int channel_poll(struct channel *ch)
{
	int ret;

	if (ch->have < MSG_HEADER_SIZE) {
		ret = fill(ch, ch->header, 0, MSG_HEADER_SIZE);
		if (ret != 1)
			return ret;
		ret = msg_get_header(ch->header, &ch->in, &ch->version);
		if (ret)
			return ret;
	}
	ret = fill(ch, ch->in.body, MSG_HEADER_SIZE,
		   MSG_HEADER_SIZE + ch->in.len);
	if (ret == 1)
		ch->have = 0;
	return ret;
}

static int ms_left(u64 deadline)
{
	u64 now;

	if (deadline == NO_DEADLINE)
		return -1;
	now = clock_ns();
	if (now >= deadline)
		return 0;
	return (deadline - now) / 1000000 + 1;
}

int channel_recv(struct channel *ch, u64 deadline)
{
	struct pollfd p = { .fd = ch->fd, .events = POLLIN };
	int ret, left;

	for (;;) {
		left = ms_left(deadline);
		ret = poll(&p, 1, left);
		if (ret < 0 && errno != EINTR)
			return -errno;
		if (ret > 0) {
			ret = channel_poll(ch);
			if (ret)
				return ret < 0 ? ret : 0;
		}
		if (left == 0)
			return -ETIMEDOUT;
	}
}

int channel_send(int fd, const struct msg *m)
{
	u8 frame[MSG_HEADER_SIZE + MSG_BODY_MAX];
	size_t len = MSG_HEADER_SIZE + m->len, done = 0;
	struct pollfd p = { .fd = fd, .events = POLLOUT };
	ssize_t n;

	msg_put_header(frame, m);
	memcpy(frame + MSG_HEADER_SIZE, m->body, m->len);
	while (done < len) {
		n = send(fd, frame + done, len - done,
			 MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n >= 0) {
			done += n;
			continue;
		}
		if (errno == EINTR)
			continue;
		if (errno != EAGAIN && errno != EWOULDBLOCK)
			return -errno;
		if (poll(&p, 1, SEND_LIMIT_MS) == 0)
			return -ETIMEDOUT;
	}
	return 0;
}

const char *channel_error(const struct channel *ch, int err, char *buf,
			  size_t size)
{
	switch (-err) {
	case ECONNRESET:
	case EPIPE:
		snprintf(buf, size, "closed the connection");
		break;
	case ETIMEDOUT:
		snprintf(buf, size, "did not answer in time");
		break;
	case EPROTO:
		snprintf(buf, size,
			 "sent something that is not vbench's "
			 "protocol");
		break;
	case EPROTONOSUPPORT:
		snprintf(buf, size,
			 "speaks protocol version %u, this vbench speaks %u: "
			 "rebuild the guest image (make rootfs)",
			 ch->version, (u32)PROTOCOL_VERSION);
		break;
	case EMSGSIZE:
		snprintf(buf, size,
			 "sent a message that claims %u bytes; the limit is %u",
			 ch->in.len, (u32)MSG_BODY_MAX);
		break;
	default:
		snprintf(buf, size, "connection lost: %s", strerror(-err));
	}
	return buf;
}
