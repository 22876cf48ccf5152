// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "clock.h"
#include "kmod.h"

static const char *release(void)
{
	static struct utsname u;

	return uname(&u) ? "?" : u.release;
}

static void why_no_device(char *why, size_t size)
{
	const char *init = getenv(ENV_KMOD);

	if (errno == EACCES)
		snprintf(why, size, "only root may open %s", VBENCH_DEVICE);
	else if (errno == EPERM)
		snprintf(why, size,
			 "%s needs CAP_SYS_RAWIO, which this process lacks",
			 VBENCH_DEVICE);
	else if (errno != ENOENT && errno != ENXIO)
		snprintf(why, size, "%s: %s", VBENCH_DEVICE, strerror(errno));
	else if (init)
		snprintf(why, size, "%s", init);
	else
		snprintf(why, size,
			 "needs the kernel module, which is not loaded: none "
			 "was built for Linux %s (make -C kmod install)",
			 release());
}

static int map_ring(struct kmod *k, char *why, size_t size)
{
	size_t bytes = VBENCH_RING_BYTES(k->info.ring_samples);

	k->ring =
		mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, k->fd, 0);
	if (k->ring != MAP_FAILED)
		return 0;
	snprintf(why, size, "%s: cannot map its ring: %s", VBENCH_DEVICE,
		 strerror(errno));
	return -errno;
}

static int introduce(struct kmod *k, char *why, size_t size)
{
	k->info.size = sizeof(k->info);
	if (ioctl(k->fd, VBENCH_INFO, &k->info)) {
		snprintf(why, size, "%s: %s", VBENCH_DEVICE, strerror(errno));
		return -errno;
	}
	if (k->info.abi != VBENCH_ABI) {
		snprintf(why, size,
			 "the vbench module is of ABI %u, this client wants "
			 "%d: build both from one checkout",
			 k->info.abi, VBENCH_ABI);
		return -EPROTONOSUPPORT;
	}
	return map_ring(k, why, size);
}

struct kmod *kmod_open(char *why, size_t size)
{
	static struct kmod k = { .fd = -1 };

	if (k.fd >= 0)
		return &k;
	k.fd = open(VBENCH_DEVICE, O_RDWR | O_CLOEXEC);
	if (k.fd < 0) {
		why_no_device(why, size);
		return NULL;
	}
	if (!introduce(&k, why, size))
		return &k;
	close(k.fd);
	k.fd = -1;
	return NULL;
}

int kmod_find(struct kmod *k, const char *name, struct vbench_op *op)
{
	for (u32 i = 0; i < k->info.nops; i++) {
		*op = (struct vbench_op){ .size = sizeof(*op),
					  .index = i,
					  .ask = VBENCH_ASK_NAME_ONLY };
		if (ioctl(k->fd, VBENCH_OP, op))
			return -errno;
		if (!strcmp(op->name, name))
			return i;
	}
	return -ENOENT;
}

static void drain(struct kmod *k, struct kmod_figure *f)
{
	struct vbench_ring *ring = k->ring;
	u32 head = __atomic_load_n(&ring->head, __ATOMIC_ACQUIRE);
	const struct vbench_sample *s;
	u32 at = ring->tail;

	for (; at != head; at++) {
		s = &ring->samples[at % ring->entries];
		if (f->events && s->runs)
			f->events[f->runs] = s->ticks;
		f->runs += s->runs;
		f->ticks += s->ticks;
		f->interrupts += s->interrupts;
	}
	__atomic_store_n(&ring->tail, at, __ATOMIC_RELEASE);
}

bool kmod_can_run(struct kmod *k, u32 op, char *why, size_t size)
{
	struct vbench_op o = { .size = sizeof(o), .index = op };

	if (ioctl(k->fd, VBENCH_OP, &o))
		snprintf(why, size, "VBENCH_OP: %s", strerror(errno));
	else if (o.why[0])
		snprintf(why, size, "%.*s", VBENCH_TEXT_LEN - 1, o.why);
	else if (o.flags & VBENCH_OP_OPT_IN && !getenv(ENV_OPT_IN))
		snprintf(
			why, size,
			"slows the whole host down, so it only runs with "
			"" ENV_OPT_IN
			"=1 in the client's environment (machines: APPEND=)");
	else
		return true;
	return false;
}

static int run_some(struct kmod *k, struct vbench_run *run, char *why,
		    size_t size)
{
	int ret;

	do {
		ret = ioctl(k->fd, VBENCH_RUN, run);
	} while (ret && errno == EINTR);
	if (ret) {
		snprintf(why, size, "VBENCH_RUN: %s", strerror(errno));
		return -ECANCELED;
	}
	switch (run->outcome) {
	case VBENCH_OUTCOME_UNAVAILABLE:
	case VBENCH_OUTCOME_FAULTED:
	case VBENCH_OUTCOME_TIMEOUT:
	case VBENCH_OUTCOME_SKEW:
		snprintf(why, size, "%.*s", VBENCH_TEXT_LEN - 1, run->why);
		return run->outcome == VBENCH_OUTCOME_UNAVAILABLE ? -ENODATA :
								    -ECANCELED;
	}
	return 0;
}

/* The same marker by both names: one is for programs of others. */
_Static_assert(MARKER_LEAF == VBENCH_MARK_LEAF, "one leaf");
_Static_assert(MARKER_TENTATIVE == VBENCH_WINDOW_TENTATIVE, "one bit");
_Static_assert(MARKER_WORD(0xabcd, 0x1234, 0) == VBENCH_WINDOW(0xabcd, 0x1234),
	       "one word");

/* What is left to do, in batches as long as the last one was (0: unknown). */
static struct vbench_run next_run(const struct kmod *k, u32 op, u64 left,
				  u64 length, struct trace_mark mark)
{
	u64 batches = length && length < left ? left / length : 1;

	return (struct vbench_run){
		.size = sizeof(struct vbench_run),
		.op = op,
		.cpu = VBENCH_CPU_HERE,
		.peer = VBENCH_CPU_ANY,
		.iterations = batches > 1 ? length : left,
		.batches = batches < k->info.max_batches ? batches :
							   k->info.max_batches,
		.flags = getenv(ENV_OPT_IN) ? VBENCH_RUN_OPT_IN : 0,
		.mark = mark.window ? VBENCH_MARK_CPUID : VBENCH_MARK_NONE,
		.window = VBENCH_WINDOW(mark.nonce, mark.window),
	};
}

int kmod_run(struct kmod *k, u32 op, u64 runs, struct trace_mark mark,
	     struct kmod_figure *f, char *why, size_t size)
{
	struct vbench_run run;
	u64 before, length = f->events ? 1 : 0;
	int ret;

	*f = (struct kmod_figure){ .events = f->events };
	do {
		before = f->runs;
		run = next_run(k, op, runs - before, length, mark);
		ret = run_some(k, &run, why, size);
		drain(k, f);
		if (run.done)
			length = (f->runs - before) / run.done;
	} while (!ret && f->runs < runs);
	return ret;
}

static double ticks_per_ns(const struct kmod *k)
{
	static double measured;

	if (k->info.tsc_khz)
		return k->info.tsc_khz / 1e6;
	if (!measured)
		measured = (double)clock_tick_rate().per_sec / NSEC_PER_SEC;
	return measured;
}

u64 kmod_ns(const struct kmod *k, u64 ticks)
{
	return ticks / ticks_per_ns(k) + 0.5;
}
