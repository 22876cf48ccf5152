// SPDX-License-Identifier: GPL-2.0-only
/* Replaces trace-bpf.c, trace-load.c, trace-offer.c, trace-symbols.c and
 * trace-kernel.c where those cannot be built. */
#include <errno.h>
#include <stdio.h>

#include "trace-kernel.h"
#include "trace-symbols.h"
#include "trace.h"

int trace_open(struct trace **t, const struct trace_spec *spec, char *why,
	       size_t size)
{
	*t = NULL;
	snprintf(why, size,
		 "this vbench was built without exit attribution: it needs "
		 "clang, bpftool, libbpf and libdw (make deps), then make");
	return -ENOSYS;
}

void trace_close(struct trace *t)
{
}

int trace_attach(struct trace *t, char *why, size_t size)
{
	return -ENOSYS;
}

void trace_detach(struct trace *t)
{
}

struct trace_mark trace_arm(struct trace *t)
{
	return (struct trace_mark){ 0 };
}

void trace_take(struct trace *t, struct trace_mark m, struct trace_window *w,
		struct trace_rips *r)
{
}

bool trace_peek(struct trace *t, u32 at, struct trace_window *w,
		struct trace_rips *r)
{
	return false;
}

bool trace_reap(struct trace *t, u32 at, struct trace_window *w,
		struct trace_rips *r)
{
	return false;
}

char trace_tier(const struct trace *t)
{
	return 'D';
}

const struct trace_names *trace_names(const struct trace *t)
{
	static const struct trace_names none;

	return &none;
}

bool trace_has_stat(const struct trace *t)
{
	return false;
}

struct trace_losses trace_losses(const struct trace *t)
{
	return (struct trace_losses){ 0 };
}

void symbols_fill(const char *program, struct exits *x)
{
}

int kernel_debug_open(struct kernel_debug **k, const struct settings *set,
		      char *why, size_t size)
{
	*k = NULL;
	return 0;
}

void kernel_debug_close(struct kernel_debug *k)
{
}

void kernel_debug_fill(struct kernel_debug *k, struct exits *x)
{
}
