/* SPDX-License-Identifier: GPL-2.0-only */
/* The duties of process 1, by file. */
#ifndef VBENCH_INIT_H
#define VBENCH_INIT_H

#include "client.h"

#define DEVICE_WAIT_S 3

/* The prefix of its messages. */
extern const char init_name[];

/* Prints a message on the console and powers off. */
void init_die(const char *fmt, ...)
	__attribute__((noreturn, format(printf, 1, 2)));

/* /dev, /proc and /sys, and the console as stdio. */
void init_mounts(void);

/* Polls until @there is true or DEVICE_WAIT_S are over: whether it is. */
bool init_wait(bool (*there)(const char *name), const char *name);

/* /dev, the console, /proc and /sys; a second time does no harm. */
void init_mounts(void);

/* Drivers loaded, disk and interface @extif there: the disk's name.  Dies
 * without a disk. */
const char *init_devices(const char *extif);

/* The initramfs's part: modules, root disk, and on to its /virtclient. */
void init_from_initramfs(char **argv, const struct client_args *a)
	__attribute__((noreturn));

/* Booted from the disk, by our initramfs or as init= with any other: which disk
 * that is, and writable. */
void init_on_disk(void);

/* Waits for the interface; dies when it does not appear. */
void init_await_card(const char *name);

/* Interfaces up, with addresses and routes; dies when one is missing. */
void init_network(const struct client_args *a);

/* Loads /modules (or /modules.more): how many were loaded. */
unsigned int init_modules(const char *folder);
/* Their names, for messages. */
const char *init_modules_loaded(void);

#endif
