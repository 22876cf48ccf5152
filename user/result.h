/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The one model of what a session found.  It does no I/O and knows no format;
 * reports read it.
 */
#ifndef VBENCH_RESULT_H
#define VBENCH_RESULT_H

#include <stdint.h>

#include "../bench/protocol.h"
#include "exits.h"
#include "stats.h"

#define RESULT_SCHEMA "vbench-result/1"

enum result_status { RESULT_OK, RESULT_SKIPPED, RESULT_FAILED };

enum result_clock { CLOCK_GUEST, CLOCK_HOST };

/* Why a sample was disturbed; bits. */
enum sample_tag {
	TAG_PREEMPTED = 1 << 0, /* involuntary context switch in the guest */
	TAG_MIGRATED = 1 << 1, /* changed its CPU in the guest */
	TAG_RUN_DELAY = 1 << 2, /* waited for a CPU in the guest */
	TAG_STEAL = 1 << 3, /* the guest saw stolen time */
	TAG_INTERRUPTS = 1 << 4, /* many more than the others saw */
	TAG_HOST_DELAY = 1 << 5, /* its vCPU threads waited on the host */
	TAG_STOPPED = 1 << 6, /* the run was stopped meanwhile */
};

#define SAMPLE_TAGS 7

struct sample {
	u32 pass; /* over the suite, from 1 */
	u32 runs;
	u64 guest_ns;
	u64 host_ns; /* start to ack, control channel included */
	u64 ticks;
	bool has_value;
	u64 value; /* what the benchmark itself reported for all runs */
	struct msg_counters counters; /* summed over the machines */
	bool has_host_delay;
	u64 host_delay_ns; /* that its vCPU threads waited for a CPU of the host */
	bool stopped; /* the run was stopped meanwhile */
	u32 tags; /* enum sample_tag */
};

struct result {
	/* Cleaned, owned, never NULL, and of any length: files have them too. */
	char *name; /* group/name */
	char *title;
	char *unit;
	char *reason; /* "" if ok */
	char *note; /* "" or what the reader should know */
	u64 bytes; /* of one operation; 0 none */
	bool latency; /* each run is an event: its tail matters */
	enum result_status status;
	enum result_clock clock;
	bool clock_lies; /* a guest's, so that the host's is used */
	int machines[2]; /* client ids; HOST_CLIENT_ID for the host's */
	int nmachines;
	struct sample *samples;
	size_t nsamples, room;
	struct summary summary; /* valid when ok */
	double loop_ns; /* empty loop taken off each operation */
	u64 zero_guest_ns, zero_host_ns; /* what no runs took, at least */
	u64 zero_value; /* what measuring adds to each, where value counts */
	bool precise; /* narrower than asked; else the time was up */
	struct exits *exits; /* NULL: not attributed */
};

struct env_item {
	char *key; /* "kernel", "cpu", "guest.kernel" */
	char *value;
};

/* How the key "machine.N.pinned" ends. */
#define RESULT_PINNED ".pinned"

/* In results that were read, for what the file does not say; unknown figures
 * are NAN. */
#define USED_UNKNOWN SIZE_MAX
#define MACHINES_UNKNOWN UINT32_MAX
#define SEED_UNKNOWN UINT64_MAX

struct results {
	char *file; /* that was read, or NULL */
	char backend[256];
	u64 seed;
	u32 machines; /* that came up */
	double precision;
	double budget_s;
	u32 passes;
	struct env_item *env;
	size_t nenv;
	size_t planned; /* benchmarks that were asked for */
	struct result **items; /* in the order they ran */
	size_t nitems, room;
};

void results_init(struct results *r);
void results_free(struct results *r);
/* Adds or replaces; values are copied.  0 or -ENOMEM. */
int results_env(struct results *r, const char *key, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
const char *results_env_get(const struct results *r, const char *key);

/* A new item, owned by @r; NULL without memory. */
struct result *results_add(struct results *r, const char *name);
const struct result *results_find(const struct results *r, const char *name);
/* What one operation is, and the unit of its figures: 0 or -ENOMEM. */
int result_describe(struct result *res, const char *title, const char *unit);
/* An empty one, owned by @res; NULL without memory. */
struct exits *result_add_exits(struct result *res);
struct sample *result_add_sample(struct result *res);
/* Drops the samples and all that was derived from them or said of them. */
void result_forget(struct result *res);
void result_skip(struct result *res, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void result_fail(struct result *res, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* Appends to the note, with "; " between. */
void result_note(struct result *res, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * Skipping and failing keep the first reason; failed is worse than skipped and
 * replaces it.  Texts and environment values may come from a guest:
 * text_clean() is applied to them.
 */

/*
 * In place, without changing the length: each byte of what a terminal could take
 * for a command, of invisible characters, of floods of combining ones and of what
 * is not UTF-8 becomes '?', white space becomes a space.  Returns @s.
 */
char *text_clean(char *s);

/*
 * Tags each sample whose counters stand out from those of the benchmark's
 * other samples, whatever is normal for it: a fork benchmark is preempted in
 * every sample and no sample of it is tagged for that.
 */
void result_tag(struct result *res);

/* Tags, then summarises into res->summary: 0 or as stats_summarise(). */
int result_summarise(struct result *res);

/*
 * Whether the floors of the earlier and the later half of the samples that took
 * part differ by at most @precision: a machine has fast and slow spells, and a
 * floor that saw one only is the next run's surprise.
 */
bool result_floor_settled(const struct result *res, double precision);

/*
 * What part of a sample, 0..1, is the fixed cost that was taken off it, or which
 * is in a value of the benchmark's own; of the median sample.
 */
double result_fixed_share(const struct result *res);

/* The step, in ns, of the clock that took its samples, or 0: stats_grain();
 * and its share of the median sample. */
double result_grain(const struct result *res, double *share);

/* Whether there is anything to report of it yet: of a benchmark that has begun
 * and has no figures there is not. */
bool result_reportable(const struct result *res);
/* Whether the summary holds figures: ok, and samples took part. */
bool result_has_figures(const struct result *res);
/* The time (or value) of one operation of @s, as it went into the summary;
 * false if the sample took no part in it. */
bool result_operation(const struct result *res, const struct sample *s,
		      double *v);
/*
 * The next invariant that @res breaks, counted from @nth, which begins at 0: it
 * failed, a clock lies, traced windows do not add up.  False when there is none.
 */
bool result_breach(const struct result *res, size_t *nth, char *why,
		   size_t size);
bool result_sound(const struct result *res);
size_t results_count(const struct results *r, enum result_status status);
/* "0", "host": as reports write a machine's client id. */
const char *machine_name(int id, char *buf, size_t size);

const char *result_status_name(enum result_status s);
const char *result_clock_name(enum result_clock c);
const char *sample_tag_name(u32 bit_index);

#endif
