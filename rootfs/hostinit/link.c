// SPDX-License-Identifier: GPL-2.0-only
#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "link.h"

/* Type in the upper 8 bits, length in the others. */
#define HEAD sizeof(uint32_t)
#define IN_ROOM (HEAD + LINK_FRAME_MAX)

int link_init(struct link *l, int fd)
{
	*l = (struct link){
		.fd = fd,
		.in = malloc(IN_ROOM),
		.frame = malloc(LINK_FRAME_MAX + 1),
	};
	return l->in && l->frame ? 0 : -ENOMEM;
}

void link_free(struct link *l)
{
	free(l->in);
	free(l->frame);
	free(l->out);
	*l = (struct link){ .fd = -1 };
}

static int make_room(struct link *l, size_t more)
{
	size_t room = l->room ? l->room : 4096;
	char *out;

	while (room < l->nout + more)
		room *= 2;
	if (room == l->room)
		return 0;
	out = realloc(l->out, room);
	if (!out)
		return -ENOMEM;
	l->out = out;
	l->room = room;
	return 0;
}

int link_put(struct link *l, enum link_type type, const void *data, size_t len)
{
	uint32_t head = htole32((uint32_t)type << 24 | (uint32_t)len);

	if (len > LINK_FRAME_MAX)
		return -EMSGSIZE;
	if (make_room(l, HEAD + len))
		return -ENOMEM;
	memcpy(l->out + l->nout, &head, HEAD);
	if (len)
		memcpy(l->out + l->nout + HEAD, data, len);
	l->nout += HEAD + len;
	return 0;
}

int link_put_text(struct link *l, enum link_type type, const char *text)
{
	return link_put(l, type, text, strlen(text));
}

int link_flush(struct link *l)
{
	ssize_t n;

	while (l->nout) {
		n = write(l->fd, l->out, l->nout);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN ? 0 : -errno;
		l->nout -= n;
		memmove(l->out, l->out + n, l->nout);
	}
	return 0;
}

int link_fill(struct link *l)
{
	ssize_t n;

	if (l->nin == IN_ROOM)
		return 0;
	n = read(l->fd, l->in + l->nin, IN_ROOM - l->nin);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	l->nin += n;
	return n ? 0 : -EPIPE;
}

int link_next(struct link *l, struct frame *f)
{
	uint32_t head;
	size_t len;

	if (l->nin < HEAD)
		return 0;
	memcpy(&head, l->in, HEAD);
	head = le32toh(head);
	len = head & 0xffffff;
	if (len > LINK_FRAME_MAX)
		return -EPROTO;
	if (l->nin < HEAD + len)
		return 0;
	memcpy(l->frame, l->in + HEAD, len);
	l->frame[len] = '\0';
	*f = (struct frame){ head >> 24, l->frame, len };
	l->nin -= HEAD + len;
	memmove(l->in, l->in + HEAD + len, l->nin);
	return 1;
}
