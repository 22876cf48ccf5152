/* SPDX-License-Identifier: GPL-2.0-only */
/* What "vbench trace" has seen so far: one entry for each VM. */
#ifndef VBENCH_TRACE_VIEW_H
#define VBENCH_TRACE_VIEW_H

#include <jansson.h>
#include <stdio.h>

#include "exits.h"
#include "trace.h"

struct view_vm {
	u64 vm; /* this and the next two identify the VM */
	u32 tgid;
	u32 ended;
	u32 vcpus; /* the most at a time */
	char name[20]; /* of its process */
	struct exits left; /* of vCPUs that are gone for good */
	struct exits x; /* in all */
	struct exits before; /* at the last call of view_interval() */
	u32 now, live; /* vCPUs seen in the last call of view_take() */
};

struct view {
	struct view_vm *vms; /* the busiest first */
	size_t n;
	struct trace_losses losses;
	u32 mixed; /* vCPUs whose copy was memory_is_mixed() in the last view_take() */
};

/* Reads all windows: 0 or -ENOMEM. */
int view_take(struct view *v, struct trace *t, u32 windows);
void view_free(struct view *v);

/* Prints the table of all exits, of @seconds. */
void view_print(FILE *out, const struct view *v, double seconds);
/* Prints the table of the exits since the last call. */
int view_print_interval(FILE *out, struct view *v, double seconds);

/* trace.rst has the format; NULL without memory. */
json_t *view_json(const struct view *v, double seconds);

#endif
