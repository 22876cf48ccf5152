// SPDX-License-Identifier: GPL-2.0-only
/* What measuring itself costs, and sequences whose length is known. */
#include "vb.h"

static void run_empty(struct vb_run *r, u64 n)
{
	VB_LOOP(n, );
}

const struct vb_op vb_op_empty_loop = { .run = run_empty };

static void run_tsc(struct vb_run *r, u64 n)
{
	VB_LOOP(n, vb_ticks());
}

const struct vb_op vb_op_tsc = { .run = run_tsc };

static void run_nops(struct vb_run *r, u64 n)
{
	VB_LOOP(n, asm volatile(".fill 1000, 1, 0x90"));
}

const struct vb_op vb_op_nops = { .run = run_nops };
