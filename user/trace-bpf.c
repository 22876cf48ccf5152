// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/bpf.h>
#include <errno.h>
#include <linux/membarrier.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "trace-check.h"
#include "trace-load.h"
#include "trace-memory.h"

/* Generated; it wants the types above. */
#include "exits.skel.h"

#define LINKS_MAX 24

struct trace {
	struct trace_load l;
	struct bpf_link *links[LINKS_MAX];
	size_t nlinks;
	struct trace_memory m;
	size_t windows_size, rips_size;
	void *rips; /* mapped, counted in or not */
	u64 stopped; /* when it was detached; 0 attached */
};

static void *map_array(const struct bpf_map *map, size_t *size)
{
	long page = sysconf(_SC_PAGESIZE);
	void *p;

	/* Values lie 8 bytes aligned, one after another (bpf(2), mmap). */
	*size = (size_t)bpf_map__value_size(map) * bpf_map__max_entries(map);
	*size = (*size + page - 1) / page * page;
	p = mmap(NULL, *size, PROT_READ | PROT_WRITE, MAP_SHARED,
		 bpf_map__fd(map), 0);
	return p == MAP_FAILED ? NULL : p;
}

static int map_memory(struct trace *t, char *why, size_t size)
{
	struct trace_memory *m = &t->m;

	m->n = t->l.spec.windows;
	m->tids = t->l.skel->bss->tids;
	m->vcpus = t->l.skel->bss->vcpus;
	m->full = &t->l.skel->bss->windows_full;
	m->windows = map_array(t->l.skel->maps.windows, &t->windows_size);
	t->rips = map_array(t->l.skel->maps.rips, &t->rips_size);
	if (t->l.spec.rip)
		m->rips = t->rips;
	if (m->windows && t->rips)
		return 0;
	return trace_load_explain(-errno, why, size);
}

int trace_open(struct trace **out, const struct trace_spec *spec, char *why,
	       size_t size)
{
	struct trace *t;
	int ret = trace_check(why, size);

	*out = NULL;
	if (ret)
		return ret;
	t = calloc(1, sizeof(*t));
	if (!t) {
		snprintf(why, size, "out of memory");
		return -ENOMEM;
	}
	t->l.spec = *spec;
	ret = trace_load(&t->l, why, size);
	if (!ret)
		ret = map_memory(t, why, size);
	if (ret)
		trace_close(t);
	else
		*out = t;
	return ret;
}

void trace_close(struct trace *t)
{
	if (!t)
		return;
	trace_detach(t);
	if (t->m.windows)
		munmap(t->m.windows, t->windows_size);
	if (t->rips)
		munmap(t->rips, t->rips_size);
	trace_unload(&t->l);
	free(t);
}

/* Without this program, exits lack the detail that it adds. */
static bool optional(const struct trace *t, const struct bpf_program *p)
{
	return p == t->l.skel->progs.kvm_fast_mmio ||
	       p == t->l.skel->progs.kvm_mmio || p == t->l.skel->progs.kvm_pio ||
	       p == t->l.skel->progs.kvm_msr ||
	       p == t->l.skel->progs.kvm_nested_vmexit ||
	       p == t->l.skel->progs.kvm_hypercall ||
	       (p == t->l.skel->progs.kvm_cpuid && t->l.spec.no_markers);
}

/* Without these, time in the VMM ends at the next entry, and vbench tells VMs apart by
 * their process. */
static bool is_fentry(const struct trace *t, const struct bpf_program *p)
{
	return p == t->l.skel->progs.vcpu_run || p == t->l.skel->progs.vm_ends;
}

static int attach(struct trace *t, struct bpf_program *p, char *why,
		  size_t size)
{
	struct bpf_link *link = bpf_program__attach(p);
	int ret = link ? 0 : -errno;

	if (link)
		t->links[t->nlinks++] = link;
	else if (p == t->l.skel->progs.vcpu_run && t->l.tier == 'A')
		t->l.tier = 'B';
	if (link || optional(t, p) || is_fentry(t, p))
		return 0;
	snprintf(why, size, "the tracepoint of %s cannot be used: %s%s",
		 bpf_program__name(p), strerror(-ret),
		 trace_check_admin() ? "" : " (CAP_SYS_ADMIN is missing)");
	return ret;
}

static void forget_threads(struct trace *t)
{
	struct exits_bpf__bss *bss = t->l.skel->bss;
	int places = bpf_map__fd(t->l.skel->maps.places);
	u32 tid;

	while (!bpf_map_get_next_key(places, NULL, &tid) &&
	       !bpf_map_delete_elem(places, &tid))
		;
	memset(bss->tids, 0, sizeof(bss->tids));
	bss->places_full = 0;
}

int trace_attach(struct trace *t, char *why, size_t size)
{
	struct exits_bpf__bss *bss = t->l.skel->bss;
	struct bpf_program *p;
	int ret = 0;

	/* Threads that ended meanwhile were not seen to. */
	forget_threads(t);
	bpf_object__for_each_program(p, t->l.skel->obj)
	{
		if (!ret && bpf_program__autoload(p) && t->nlinks < LINKS_MAX)
			ret = attach(t, p, why, size);
	}
	if (ret) {
		trace_detach(t);
		return ret;
	}
	t->stopped = 0;
	__atomic_store_n(&bss->running, 1, __ATOMIC_RELEASE);
	return 0;
}

/* What bpf_ktime_get_ns() says. */
static u64 kernel_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (u64)ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

/* The kernel is done with a link while its program may still be under way.  They
 * all run in what an RCU grace period waits for, and that is one; kernels whose
 * CPUs can be without a tick (nohz_full) refuse it. */
static void wait_for_programs(void)
{
	if (syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0))
		usleep(10000);
}

void trace_detach(struct trace *t)
{
	if (!t->nlinks)
		return;
	__atomic_store_n(&t->l.skel->bss->running, 0, __ATOMIC_RELEASE);
	t->stopped = kernel_ns();
	while (t->nlinks)
		bpf_link__destroy(t->links[--t->nlinks]);
	wait_for_programs();
}

struct trace_mark trace_arm(struct trace *t)
{
	struct trace_mark m = { 0 };

	while (!m.nonce)
		if (getrandom(&m.nonce, sizeof(m.nonce), 0) < 0)
			return (struct trace_mark){ 0 };
	m.window = memory_arm(&t->m, m.nonce);
	return m;
}

void trace_take(struct trace *t, struct trace_mark m, struct trace_window *w,
		struct trace_rips *r)
{
	memory_take(&t->m, m.window, w, r);
}

bool trace_peek(struct trace *t, u32 at, struct trace_window *w,
		struct trace_rips *r)
{
	return at < t->m.n &&
	       memory_peek(&t->m, at, t->stopped ? t->stopped : kernel_ns(), w,
			   r);
}

bool trace_reap(struct trace *t, u32 at, struct trace_window *w,
		struct trace_rips *r)
{
	return at < t->m.n && memory_reap(&t->m, at, w, r);
}

char trace_tier(const struct trace *t)
{
	return t->l.tier;
}

const struct trace_names *trace_names(const struct trace *t)
{
	return &t->l.names;
}

bool trace_has_stat(const struct trace *t)
{
	return t->l.offer.vcpu && t->l.offer.stat && t->l.tier < 'D' &&
	       !t->l.spec.no_markers;
}

static void fill_missed(const struct trace *t, struct trace_losses *l)
{
	struct bpf_prog_info info;
	struct bpf_program *p;
	u32 len;

	bpf_object__for_each_program(p, t->l.skel->obj)
	{
		len = sizeof(info);
		memset(&info, 0, sizeof(info));
		if (bpf_program__fd(p) < 0 ||
		    bpf_obj_get_info_by_fd(bpf_program__fd(p), &info, &len))
			continue;
		if (trace_counts_exits(bpf_program__name(p)))
			l->missed += info.recursion_misses;
		else
			l->missed_others += info.recursion_misses;
	}
}

struct trace_losses trace_losses(const struct trace *t)
{
	const struct exits_bpf__bss *bss = t->l.skel->bss;
	struct trace_losses l = {
		.stray = bss->stray_markers,
		.foreign_markers = bss->foreign_markers,
		.full = bss->table_full,
		.unseen = bss->unseen_vcpus,
		.backwards = bss->backwards,
	};

	for (size_t i = 0; i < sizeof(bss->foreign) / sizeof(bss->foreign[0]);
	     i++)
		l.foreign += bss->foreign[i].exits;
	fill_missed(t, &l);
	return l;
}
