/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The line between vbench and the init of an emulated host: frames over one
 * virtio-serial port, so that what was printed keeps its order.
 */
#ifndef VBENCH_HOSTLINK_H
#define VBENCH_HOSTLINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LINK_VERSION "1"
#define LINK_PORT "vbench.link" /* the port's name */
#define LINK_ROOT_TAG "root" /* of the 9p share that becomes / */
#define LINK_SHARE_TAG "share" /* share0, share1, ... */
#define LINK_SHARES_MAX 8

/* As the kernel's MAX_ARG_STRLEN: the longest argument or variable there is. */
#define LINK_FRAME_MAX (128 * 1024)

enum link_type {
	/* To the emulated host. */
	LINK_SHARE = 1, /* a folder that may be written to; tags count up */
	LINK_CWD,
	LINK_ENV, /* NAME=VALUE */
	LINK_ARG,
	LINK_TERMINAL, /* struct link_terminal */
	LINK_START,
	LINK_INPUT, /* none: end of file */
	LINK_SIGNAL, /* one byte */
	/* From it. */
	LINK_HELLO, /* LINK_VERSION */
	LINK_NOTE, /* what its kernel lacks: a line of text */
	LINK_OUTPUT,
	LINK_ERROR,
	LINK_WANT_INPUT, /* one LINK_INPUT, please */
	LINK_ALIVE,
	LINK_FAILED, /* the command cannot be started: why */
	LINK_EXIT, /* one byte: the command's exit status */
};

/* One of the command's streams is a terminal there because it is one here. */
struct link_terminal {
	uint8_t fd;
	uint8_t pad;
	uint16_t rows, cols;
};

/* How often the init says LINK_ALIVE. */
#define LINK_ALIVE_S 5

struct link {
	int fd; /* does not block */
	char *in, *out;
	size_t nin, nout, room;
	char *frame; /* the one that link_next() returned */
};

struct frame {
	enum link_type type;
	const char *data; /* with a NUL behind it */
	size_t len;
};

/* 0 or -errno. */
int link_init(struct link *l, int fd);
void link_free(struct link *l);

/* Queues a frame: 0, or -EMSGSIZE or -ENOMEM. */
int link_put(struct link *l, enum link_type type, const void *data, size_t len);
int link_put_text(struct link *l, enum link_type type, const char *text);
/* Writes what can be written now: 0 or -errno. */
int link_flush(struct link *l);

/* Reads what is there: 0, or -errno; -EPIPE at the end. */
int link_fill(struct link *l);
/* Takes a frame out: 1, 0 when there is none, -EPROTO.  Its data lasts until
 * the next one is taken. */
int link_next(struct link *l, struct frame *f);

#endif
