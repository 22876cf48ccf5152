/* SPDX-License-Identifier: GPL-2.0-only */
/* The client: connects, describes its machine, and runs the benchmarks for the server. */
#ifndef VBENCH_CLIENT_H
#define VBENCH_CLIENT_H

#include "protocol.h"

/* The command line: clientid serverip serverport extifname ifaddr [intifname] */
struct client_args {
	u32 id;
	u32 server; /* IPv4, host byte order */
	u16 port;
	const char *extif; /* "" for none to configure */
	u32 addr; /* of this machine, on extif */
	u32 peer_addr; /* for other machines: intif's, else as above */
	const char *intif; /* NULL for none */
};

/* 0, or a message about what is wrong with @argv in @why. */
int client_parse(int argc, char **argv, struct client_args *a, char *why,
		 size_t size);

/* Serves until the server is done or gone: 0, or 1 after saying why on
 * stderr. */
int client_serve(const struct client_args *a);

/* Fills everything of HELLO but id, addr and token.  Takes about 50 ms. */
void facts_collect(struct msg_hello *h);

/*
 * As process 1: mounts, loads modules, finds the disk, configures the network.
 * Returns warnings ("" if none) for HELLO; after an error that it cannot mend, it
 * prints it on the console and powers off.
 */
const char *init_machine(char **argv, const struct client_args *a);
/*
 * As process 1, started as "--template EXTIFNAME" in an initramfs: waits before
 * it is any machine in particular, to be saved and resumed once for each, and
 * returns the arguments of the one that this has become.
 */
char **init_template(int *argc, char **argv);
/* Powers the machine off; never returns. */
void init_power_off(void) __attribute__((noreturn));

/*
 * Prints what the kernel module's operations take; as process 1 (@init) it
 * loads the module before.  @patterns ends with NULL; none means all.  The exit
 * status.
 */
int client_operations(char *const *patterns, bool init);

/* Environment of a client. */
#define ENV_TOKEN "VBENCH_TOKEN"
#define ENV_BACKEND "VBENCH_BACKEND" /* its name, as the server says */
#define ENV_DISK "VBENCH_DISK" /* what bench_disk() returns */
#define ENV_TEMPLATE "VBENCH_TEMPLATE" /* set in a copy of a template */
/* When its first program began, by clock_ns(), where that was process 1. */
#define ENV_INIT_NS "VBENCH_INIT_NS"
#define ENV_SCRATCH "VBENCH_SCRATCH" /* what bench_scratch() returns */

#endif
