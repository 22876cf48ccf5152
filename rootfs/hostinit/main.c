// SPDX-License-Identifier: GPL-2.0-only
/*
 * The init of an emulated host, in its initramfs: the outer machine's root
 * below a tmpfs, and one command run in it, for vbench on the other end of a
 * virtio-serial port.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../guest/init.h"
#include "hostinit.h"

/* A shell's prompt there shows this name. */
#define HOSTNAME "emulated-host"

const char init_name[] = "hostinit";

void die(const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "%s: ", init_name);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	init_power_off();
}

int main(void)
{
	struct link l;

	if (getpid() != 1) {
		fputs("hostinit: this is the init of an emulated host, not a "
		      "command\n",
		      stderr);
		return 2;
	}
	sethostname(HOSTNAME, strlen(HOSTNAME));
	mounts_early();
	init_modules("/modules");
	needs_check();
	if (link_init(&l, port_open()))
		die("out of memory");
	mounts_root();
	if (link_put_text(&l, LINK_HELLO, LINK_VERSION))
		die("out of memory");
	needs_note(&l);
	command_run(&l);
	init_power_off();
}
