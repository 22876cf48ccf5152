// SPDX-License-Identifier: GPL-2.0-only
/* QEMU's docs/specs/fw_cfg: a selector and a data port, integers big-endian. */
#include <endian.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "fwcfg.h"

#if defined(__x86_64__) || defined(__i386__)
#include <sys/io.h>

#define PORT_SELECT 0x510
#define PORT_DATA 0x511
#define KEY_SIGNATURE 0x00
#define KEY_DIRECTORY 0x19

struct entry {
	uint32_t size;
	uint16_t key;
	uint16_t reserved;
	char name[56];
};

/* Not by insb(), whose asm in glibc does not say that it writes memory. */
static void take(void *buf, size_t n)
{
	for (uint8_t *p = buf; n; n--)
		*p++ = inb(PORT_DATA);
}

int fwcfg_open(void)
{
	char signature[4];

	if (ioperm(PORT_SELECT, 2, 1))
		return -errno;
	outw(KEY_SIGNATURE, PORT_SELECT);
	take(signature, sizeof(signature));
	return memcmp(signature, "QEMU", 4) ? -ENODEV : 0;
}

static int find(const char *name, struct entry *e)
{
	uint32_t count;

	outw(KEY_DIRECTORY, PORT_SELECT);
	take(&count, sizeof(count));
	for (count = be32toh(count); count; count--) {
		take(e, sizeof(*e));
		if (!strncmp(e->name, name, sizeof(e->name)))
			return 0;
	}
	return -ENOENT;
}

ssize_t fwcfg_read(const char *name, char *buf, size_t size)
{
	struct entry e;
	size_t n;

	if (find(name, &e))
		return -ENOENT;
	n = be32toh(e.size);
	if (n >= size)
		n = size - 1;
	outw(be16toh(e.key), PORT_SELECT);
	take(buf, n);
	buf[n] = '\0';
	return n;
}

#else

int fwcfg_open(void)
{
	return -ENOSYS;
}

ssize_t fwcfg_read(const char *name, char *buf, size_t size)
{
	return -ENOENT;
}

#endif
