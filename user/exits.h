/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where exits came from and where time went: windows of the BPF programs,
 * joined.  Pure: no I/O, no BPF.
 */
#ifndef VBENCH_EXITS_MODEL_H
#define VBENCH_EXITS_MODEL_H

#include "../bench/benchmarks.h"
#include "../bpf/exits.h"

/* The longest name of an exit with all flags of VMX. */
#define EXITS_REASON_MAX 160

struct exit_row {
	u64 what, detail_code; /* as in struct exit_cell; 0: found no cell */
	char reason[EXITS_REASON_MAX]; /* "cpuid" */
	char detail[48]; /* "leaf 0x0", or "" */
	u64 count; /* in all windows with runs */
	u64 missed; /* upper bound of its exits without a place */
	u64 fixed_count; /* in all windows without */
	double per_op; /* NAN where there are no operations */
	u64 user_exits;
	u64 kernel_ns, vmm_ns, sched_ns;
};

struct exit_site {
	u64 rip;
	u64 what;
	u32 slot; /* of the machine, as addresses differ between them */
	u64 count;
	u64 missed; /* upper bound of its exits in @sites_over */
	u64 fixed_count;
	char reason[EXITS_REASON_MAX];
	char function[96]; /* "" unknown */
	char line[96]; /* "file.c:12", or "" */
};

#define EXITS_TRACED_MAX 8
/* A count that a file does not give. */
#define EXITS_UNKNOWN UINT64_MAX

struct exits {
	struct exit_row *rows; /* most frequent first, once finished */
	size_t nrows;
	struct exit_site *sites;
	size_t nsites;
	u64 sites_over; /* exits whose site found no place */
	u64 sites_hidden; /* exits of guests that hide RIP */
	u64 runs; /* operations in all windows; 0: none were marked */
	u64 opens, fixed_opens; /* windows with and without runs */
	u64 discarded; /* windows that the benchmark took back */
	u64 count; /* EXITS_UNKNOWN: in a file without it */
	double per_op;
	u64 guest_ns, kernel_ns, vmm_ns, sched_ns;
	u64 wall_ns;
	bool has_stat;
	u64 stat_exits; /* what KVM itself counted */
	u64 uneven; /* windows of both kinds in which KVM counted differently */
	double gap; /* of the worst window: |parts - wall| / wall */
	u64 foreign_exits, foreign_markers; /* of other VMs, meanwhile */
	u64 lost; /* by programs that could not run, or without a cell */
	u64 missed_events; /* by programs that count no exits */
	u64 unseen_vcpus; /* threads without a place */
	u64 backwards; /* spans of time that were rejected */
	char tier; /* 'A' to 'D' */
	struct {
		u64 begin_twice, end_alone, foreign, killed, moved, open;
	} markers; /* broken ones, until exits_finish() */
	char broken[256]; /* "" or what was wrong with markers */
	char expects[64]; /* what the benchmark declares; "" nothing */
	char findings[256]; /* "" or how they differ: exits-expect.h */
	/* How long samples in the windows took.  Those during which the run was
	 * stopped have no time here. */
	u64 traced[EXITS_TRACED_MAX];
	u32 ntimes;
	u32 ntraced,
		traced_runs; /* samples in the windows, and the runs of each */
	double untraced_ns, traced_ns; /* of one operation; 0 unknown */
};

/* Adds what @w holds; @fixed: its runs were none.  0 or -ENOMEM. */
int exits_add(struct exits *x, const struct trace_window *w, bool fixed);
int exits_add_rips(struct exits *x, const struct trace_rips *r, u32 slot,
		   bool fixed);
/* Adds @y, or takes it off, where it was added before: 0 or -ENOMEM.  Not what
 * comes of markers; exits_finish() is to follow.  Nothing falls below 0. */
int exits_join(struct exits *x, const struct exits *y);
int exits_take_off(struct exits *x, const struct exits *y);
/* One site for each function and offset, once all have names. */
void exits_merge_sites(struct exits *x);
/* Notes what was wrong with @n markers, if @n is not 0. */
void exits_broken(struct exits *x, u64 n, const char *what);
/* When all is added: per_op and the order.  @runs as above. */
void exits_finish(struct exits *x, u64 runs);
void exits_free(struct exits *x);

/* guest + kernel + vmm + sched: what wall_ns must be. */
u64 exits_parts_ns(const struct exits *x);

#endif
