/* SPDX-License-Identifier: GPL-2.0-only */
/* Process 1 of an emulated host, by file. */
#ifndef VBENCH_HOSTINIT_H
#define VBENCH_HOSTINIT_H

#include "link.h"

/* Prints a message on the console, which vbench reads, and powers off. */
void die(const char *fmt, ...) __attribute__((noreturn, format(printf, 1, 2)));

/* /dev, /proc and /sys of the initramfs; the console. */
void mounts_early(void);
/* / becomes the outer machine's, read-only, under a tmpfs. */
void mounts_root(void);
/* A folder of the outer machine's that may be written to. */
void mounts_share(unsigned int n, const char *path);

/* Waits for the port and opens it. */
int port_open(void);

/* Whether the kernel has all necessary features; reports the missing ones. */
void needs_check(void);
/* Sends a LINK_NOTE for each missing feature that is optional. */
void needs_note(struct link *l);

/* Takes the command, runs it and returns when it has ended. */
void command_run(struct link *l);

#endif
