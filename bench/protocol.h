/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The wire format between server and client.
 *
 * Every message is a frame: a header of 12 bytes (u32 magic, u16 version, u16
 * type, u32 length of the body) and the body.  All integers are little-endian.
 * A string is a u16 length and its bytes, without NUL.  The header never
 * changes between versions, so that a peer of another version can be told so.
 *
 * Nothing received is trusted: each body is at most MSG_BODY_MAX, each decoder
 * checks every bound and that nothing is left over.
 *
 *	client                          server
 *	HELLO                   ->
 *	                        <-      WELCOME or REFUSED
 *	                        <-      PROBE           would this one run?
 *	PROBED                  ->                      reason, or empty
 *	                        <-      SYMBOLS         addresses of its kernel
 *	SYMBOLS                 ->                      their names
 *	                        <-      BEGIN           one benchmark
 *	                        <-      SETUP           one sample: runs, options
 *	REACHABLE               ->                      may be left out
 *	READY                   ->
 *	                        <-      START
 *	DONE COUNTERS           ->
 *	                        <-      SETUP ...       next sample
 *	                        <-      END
 *	ENDED                   ->
 *	                        <-      SHUTDOWN
 *
 * WELCOME has the backend's name.  Of a pair, the second gets its SETUP when the
 * first is READY or REACHABLE, which says that it can be connected to, or when half
 * of the set-up limit has passed.
 *
 * In place of READY, DONE or ENDED a client may say SKIP or FAIL with a
 * reason; ENDED follows in any case, exactly once for each BEGIN.  STOP ends a
 * sample whose other machine was done first.  Between START and DONE the
 * client may ask for the server's clock with TIME, which TIME answers.
 */
#ifndef VBENCH_PROTOCOL_H
#define VBENCH_PROTOCOL_H

#include "benchmarks.h"
#include "boot.h"
#include "registry.h"

#define PROTOCOL_MAGIC 0x434e4256u /* "VBNC" */
#define PROTOCOL_VERSION 6
#define MSG_HEADER_SIZE 12
#define MSG_BODY_MAX 4096
#define MSG_TEXT_MAX 512 /* bytes of a reason with its NUL */
#define TOKEN_MAX 65 /* hex digits with the NUL */
#define MACHINES_MAX 64
/* The client id of the host's own client, in the benchmarks that have one. */
#define HOST_CLIENT_ID 1000

enum msg_type {
	MSG_HELLO = 1,
	MSG_READY,
	MSG_DONE,
	MSG_COUNTERS,
	MSG_SKIP,
	MSG_FAIL,
	MSG_ENDED,
	MSG_PROBED,
	MSG_TIME,
	MSG_SYMBOLS, /* both ways */
	MSG_REACHABLE,

	MSG_WELCOME = 64,
	MSG_REFUSED,
	MSG_PROBE,
	MSG_BEGIN,
	MSG_SETUP,
	MSG_START,
	MSG_STOP,
	MSG_END,
	MSG_SHUTDOWN,
};

struct msg {
	u16 type;
	u32 len;
	u8 body[MSG_BODY_MAX];
};

/* HELLO: who the client is and what it runs on. */
struct msg_hello {
	u32 id; /* 0..MACHINES_MAX - 1, or HOST_CLIENT_ID */
	u32 addr; /* IPv4 for the other machines, host byte order */
	u32 cpus; /* online */
	u64 memory; /* bytes */
	u64 ticks_per_sec; /* of the tick counter, measured; 0 unknown */
	u32 ticks_error_ppb; /* by how much that may be wrong: 10^-9 of it */
	u64 connected_ns; /* CLOCK_MONOTONIC_RAW when it had connected */
	u64 init_ns; /* by that clock: its first program began; 0 unknown */
	u32 origin; /* enum boot_origin */
	u64 clock_floor_ns; /* least cost of a clock reading */
	u64 ticks_floor; /* least difference of back-to-back ticks */
	char token[TOKEN_MAX];
	char arch[32]; /* uname -m */
	char kernel[128]; /* uname -r */
	char cpu[96]; /* model name */
	char clocksource[32];
	char hypervisor[32]; /* CPUID signature; empty on bare metal */
	char notes[256]; /* what the bring-up found odd; empty if nothing */
};

/* BEGIN: all samples of a spell are taken in one process of the client. */
struct msg_begin {
	char name[BENCH_NAME_MAX];
	u32 spell; /* from 0: what is bound to a CPU gets another in each */
	u32 setup_limit_ms; /* after which the client ends it itself */
	u32 run_limit_ms;
};

/* SETUP: one sample. */
struct msg_setup {
	u32 runs;
	bool has_pair;
	struct pair_opt pair;
	struct trace_mark mark; /* of a window for its exits; 0: none */
};

/* SYMBOLS: addresses of the guest's kernel, and what they are called there. */
#define SYMBOLS_MAX 32
#define SYMBOL_NAME_MAX 96

struct msg_symbols {
	u32 n;
	u64 address[SYMBOLS_MAX];
	char name[SYMBOLS_MAX][SYMBOL_NAME_MAX]; /* "" unknown, or a question */
};

/* DONE: what the guest's clocks saw between start and ack. */
struct msg_done {
	u32 runs;
	u64 guest_ns;
	u64 ticks;
	u64 clock_ns; /* guest's CLOCK_MONOTONIC_RAW at the ack */
	bool has_value;
	u64 value;
	u32 nevents; /* at most runs; with a value, which is their sum */
	u64 events[EVENTS_MAX];
};

/* COUNTERS: what happened in the guest meanwhile; differences. */
struct msg_counters {
	u32 preempted; /* involuntary context switches */
	u32 migrated; /* 1 if the CPU changed */
	u64 run_delay_ns; /* runnable but not running */
	u64 steal_ns; /* all CPUs, in ticks of USER_HZ */
	u64 interrupts; /* all CPUs */
};

/*
 * Encoders fill @m and cannot fail; texts too long are cut.  Decoders return 0,
 * or -EPROTO where the body is not what its type demands.
 */
void msg_empty(struct msg *m, enum msg_type type);
void msg_text(struct msg *m, enum msg_type type, const char *text);
int msg_get_text(const struct msg *m, char *text, size_t size);
void msg_time(struct msg *m, u64 ns);
int msg_get_time(const struct msg *m, u64 *ns);
void msg_put_hello(struct msg *m, const struct msg_hello *h);
int msg_get_hello(const struct msg *m, struct msg_hello *h);
void msg_put_begin(struct msg *m, const struct msg_begin *b);
int msg_get_begin(const struct msg *m, struct msg_begin *b);
void msg_put_setup(struct msg *m, const struct msg_setup *s);
int msg_get_setup(const struct msg *m, struct msg_setup *s);
void msg_put_symbols(struct msg *m, const struct msg_symbols *s);
int msg_get_symbols(const struct msg *m, struct msg_symbols *s);
void msg_put_done(struct msg *m, const struct msg_done *d);
int msg_get_done(const struct msg *m, struct msg_done *d);
void msg_put_counters(struct msg *m, const struct msg_counters *c);
int msg_get_counters(const struct msg *m, struct msg_counters *c);

/* Writes MSG_HEADER_SIZE bytes. */
void msg_put_header(u8 *out, const struct msg *m);
/*
 * Reads them: 0, -EPROTO (not our protocol), -EPROTONOSUPPORT (another
 * version, put into @version), -EMSGSIZE (claims a body above MSG_BODY_MAX).
 */
int msg_get_header(const u8 *in, struct msg *m, u16 *version);

const char *msg_type_name(u16 type);

#endif
