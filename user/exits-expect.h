/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The exits that a benchmark declares against those that were seen.  Pure: no I/O,
 * no BPF.
 */
#ifndef VBENCH_EXITS_EXPECT_H
#define VBENCH_EXITS_EXPECT_H

#include "exits.h"

/* Kinds of exits that one alternative can name. */
#define EXPECT_KINDS_MAX 8
/* With fewer operations, three strays would be a large part of the exits. */
#define EXPECT_RUNS_LEAST 10

/* "hlt 1-2" */
struct expect_kind {
	char name[32];
	double least, most;
};

/* "ipi 1, hlt 1"; none of them: "none". */
struct expect {
	struct expect_kind kinds[EXPECT_KINDS_MAX];
	size_t n;
};

/*
 * The next alternative of @text, up to " or ", into @e; where the one after it
 * begins, or NULL after the last.  -EINVAL in @ret if it is not understood.
 */
const char *expect_parse(const char *text, struct expect *e, int *ret);

/* The name of an exit in such a text; NULL: it is not an exit, or one that the
 * host's and the guest's own work causes at any time. */
const char *expect_name(u64 what, u64 detail, const char *reason);

/*
 * Once @x is finished and has names: puts @text and each difference into it, if the
 * two can be compared.  The @n @parts of @x are windows of one sample each, finished
 * and with names: a difference must be in most of them, because an operation makes it
 * each time.  -ENODATA: there were too few operations to compare.
 */
int expect_compare(struct exits *x, const struct exits *parts, size_t n,
		   const char *text);

#endif
