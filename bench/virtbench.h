/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Names that benchmarks written for virtbench (2007 to 2011) get from its
 * benchmarks.h.  New ones need none of them.
 */
#ifndef VBENCH_VIRTBENCH_H
#define VBENCH_VIRTBENCH_H

#include <limits.h>
#include <string.h>
#include <sys/socket.h>

#define streq(a, b) (!strcmp(a, b))
#define strstarts(a, b) (!strncmp(a, b, strlen(b)))

#ifndef ARRAY_SIZE
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#endif

/* Room for any number of that integer type in decimal: 3 bits to a digit, a
 * sign and the NUL. */
#define CHAR_SIZE(type) ((sizeof(type) * CHAR_BIT + 2) / 3 + 2)

#ifndef __stringify
#define __stringify_1(x) #x
#define __stringify(x) __stringify_1(x)
#endif

/* Made to be shown by __stringify(): the benchmark defines MB. */
#define NET_BANDWIDTH_SIZE 4 MB
#define NET_WARMUP_BYTES (128 * 1024)

/* The disk to read. */
#define blockdev bench_disk()

/*
 * virtbench's exec executes argv0, the client, with nothing but the number of
 * executions to follow; the client calls exec_test() then, where a file defines it.
 */
extern char *argv0;
void exec_test(char *left) __attribute__((weak));

/*
 * In 2011 should_not_run() was also given the name of the backend.  The Makefile
 * looks into each file for such a function.  A topology of its own remembers how
 * the file's functions are called.
 */
#ifdef VBENCH_ASKS_PLATFORM
#define do_single_bench (&do_single_bench[1])
#define do_pair_bench (&do_pair_bench[1])
#define do_pair_bench_onestop (&do_pair_bench_onestop[1])
#define do_receive_bench (&do_receive_bench[1])
#endif

#endif
