/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Result files.  What is written to a regular file meanwhile is a whole document
 * of the results so far.  It is written over the last one, as the disk may be
 * full: only a session that is killed in the middle of that leaves a mix.
 * Streams, where nothing can be written twice, get each result when it is final.
 */
#ifndef VBENCH_OUTPUT_H
#define VBENCH_OUTPUT_H

#include <limits.h>
#include <sys/types.h>

#include "options.h"
#include "outfile.h"

/* In an emulated host: the folder that output N goes to as out-N, whatever its
 * path; outputs_take() brings it to where it belongs. */
#define ENV_OUTPUT_DIR "VBENCH_OUTPUT_DIR"

/* Set there if one of them then goes to standard output. */
#define ENV_OUTPUT_STDOUT "VBENCH_OUTPUT_STDOUT"

void outputs_place(char *path, const char *dir, size_t n);

/* A document or a piece of one. */
struct text {
	char *data;
	size_t len;
};

struct output {
	const struct report *report;
	struct outfile file;
	struct text last; /* what is in a regular file */
	u64 written, took; /* when, and how long that lasted */
	FILE *stream; /* NULL to a regular file */
	bool streamed; /* a result */
	bool begun;
	int err; /* -errno of the first write that failed */
};

struct outputs {
	struct output list[OUTPUTS_MAX];
	size_t n;
	bool on_stdout; /* one of them, so that nothing else may be there */
};

/* Before the run: 0, or -errno, said, when one cannot be written. */
int outputs_open(struct outputs *o, const struct options *opt);

void outputs_begin(struct outputs *o, const struct results *r);
/* @res is final: to streams. */
void outputs_result(struct outputs *o, const struct results *r,
		    const struct result *res);
/* Some of the results have become better: to regular files. */
void outputs_update(struct outputs *o, const struct results *r);
/*
 * Completes all.  What could not be written to its file is written to another
 * one in $TMPDIR, or printed.  False when that was so.
 */
bool outputs_end(struct outputs *o, const struct results *r);

/* The hypervisor is not here: says so in the streams whose readers take silence for a
 * fault, as it is one where machines should have come up. */
void outputs_skip(const struct outputs *o, const struct options *opt);

/* The table could not be printed: unless the results are in a file, makes one. */
void outputs_rescue(const struct outputs *o, const struct results *r);

/*
 * Instead of the three above, when the run was an emulated host's: takes what it
 * left in @dir, the whole or the last whole document.  False when something
 * could not be written; where it is then has been said.
 */
bool outputs_take(struct outputs *o, const char *dir);

/*
 * After the run, however it ended: puts the files into place.  False when that
 * failed; the cause has been said then, and where the results are.
 */
bool outputs_settle(struct outputs *o);

#endif
