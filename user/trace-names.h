/* SPDX-License-Identifier: GPL-2.0-only */
/* What exit reasons and their details are called. */
#ifndef VBENCH_TRACE_NAMES_H
#define VBENCH_TRACE_NAMES_H

#include "exits.h"

struct reason_name {
	u32 isa;
	u32 code;
	char name[40];
};

/* The running kernel's own names, if it lists any. */
struct trace_names {
	struct reason_name *list;
	size_t n;
};

/* Finds them in the text of kvm_exit's "format" file. */
void names_parse(struct trace_names *t, const char *format);
void names_free(struct trace_names *t);

/* Uses the kernel's names, else the table from its headers, else a number. */
void names_reason(const struct trace_names *t, u64 what, char *buf,
		  size_t size);
void names_detail(u64 detail, char *buf, size_t size);
/* Names all rows and sites. */
void names_fill(const struct trace_names *t, struct exits *x);

#endif
