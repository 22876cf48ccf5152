// SPDX-License-Identifier: GPL-2.0-only
/*
 * virtclient --operations [NAME ...]: runs the kernel module's operations
 * without a server, to try one by hand, or as process 1 of an initramfs without
 * disk and network, where an emulator that counts instructions gives the same
 * ticks in every boot.
 */
#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cpus.h"
#include "init.h"
#include "kmod.h"

#define ITERATIONS 100
#define BATCHES 16
#define EVENTS 64

static int by_ticks(const void *a, const void *b)
{
	const struct kmod_figure *x = a, *y = b;

	return (x->ticks > y->ticks) - (x->ticks < y->ticks);
}

/* @n batches of @runs each, sorted by their ticks: how many there were. */
static size_t take(struct kmod *k, u32 op, u64 runs, struct kmod_figure *f,
		   size_t n, char *why, size_t size)
{
	size_t got;

	memset(f, 0, n * sizeof(*f));
	for (got = 0; got < n; got++)
		if (kmod_run(k, op, runs, (struct trace_mark){ 0 }, &f[got],
			     why, size))
			break;
	qsort(f, got, sizeof(*f), by_ticks);
	return got;
}

static int show_loop(struct kmod *k, const struct vbench_op *op, char *why,
		     size_t size)
{
	struct kmod_figure zero[BATCHES], once[BATCHES], twice[BATCHES];

	if (take(k, op->index, 0, zero, BATCHES, why, size) < BATCHES ||
	    take(k, op->index, ITERATIONS, once, BATCHES, why, size) <
		    BATCHES ||
	    take(k, op->index, 2 * ITERATIONS, twice, BATCHES, why, size) <
		    BATCHES)
		return -ECANCELED;
	printf("%-24s %12.3f  batches of 0: %llu, %d: %llu..%llu, %d: "
	       "%llu..%llu\n",
	       op->name,
	       ((double)twice[0].ticks - (double)once[0].ticks) / ITERATIONS,
	       (unsigned long long)zero[0].ticks, ITERATIONS,
	       (unsigned long long)once[0].ticks,
	       (unsigned long long)once[BATCHES - 1].ticks, 2 * ITERATIONS,
	       (unsigned long long)twice[0].ticks,
	       (unsigned long long)twice[BATCHES - 1].ticks);
	return 0;
}

static int show_events(struct kmod *k, const struct vbench_op *op, char *why,
		       size_t size)
{
	struct kmod_figure f[EVENTS];
	size_t n = take(k, op->index, 1, f, EVENTS, why, size);

	if (!n)
		return -ECANCELED;
	printf("%-24s %12llu  %zu events: median %llu, most %llu%s%s\n",
	       op->name, (unsigned long long)f[0].ticks, n,
	       (unsigned long long)f[n / 2].ticks,
	       (unsigned long long)f[n - 1].ticks, n < EVENTS ? "; then: " : "",
	       n < EVENTS ? why : "");
	why[0] = '\0';
	return 0;
}

static void show(struct kmod *k, const struct vbench_op *op)
{
	char why[256] = "";
	int ret = -ECANCELED;

	if (kmod_can_run(k, op->index, why, sizeof(why)))
		ret = op->flags & VBENCH_OP_EVENTS ?
			      show_events(k, op, why, sizeof(why)) :
			      show_loop(k, op, why, sizeof(why));
	if (ret || why[0])
		printf("%-24s %12s  %s\n", op->name, "-", why);
	fflush(stdout);
}

static bool wanted(const char *name, char *const *patterns)
{
	if (!*patterns)
		return true;
	for (; *patterns; patterns++)
		if (!fnmatch(*patterns, name, 0))
			return true;
	return false;
}

static int show_all(char *const *patterns)
{
	struct vbench_op op;
	char why[256];
	struct kmod *k = kmod_open(why, sizeof(why));

	if (!k) {
		fprintf(stderr, "virtclient: %s\n", why);
		return 1;
	}
	bind_thread(0);
	printf("vbench module %s, %u operations, TSC %u kHz; ticks of the TSC "
	       "for one run\n",
	       k->info.version, k->info.nops, k->info.tsc_khz);
	for (u32 i = 0; i < k->info.nops; i++) {
		op = (struct vbench_op){ .size = sizeof(op),
					 .index = i,
					 .ask = VBENCH_ASK_NAME_ONLY };
		if (ioctl(k->fd, VBENCH_OP, &op)) {
			perror("virtclient: VBENCH_OP");
			return 1;
		}
		if (wanted(op.name, patterns))
			show(k, &op);
	}
	return 0;
}

int client_operations(char *const *patterns, bool init)
{
	int ret;

	if (init) {
		init_mounts();
		init_modules("/modules");
	}
	ret = show_all(patterns);
	fflush(stdout);
	return ret;
}
