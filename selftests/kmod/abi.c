// SPDX-License-Identifier: GPL-2.0-only
/* The promises of kmod/vbench.h, asked of a real kernel. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../bench/cpus.h"
#include "access.h"
#include "guest.h"
#include "hotplug.h"

static int fd;
static u32 operations_run;

static bool fails(unsigned long cmd, void *arg, int err)
{
	errno = 0;
	return ioctl(fd, cmd, arg) == -1 && errno == err;
}

static void sizes(void)
{
	struct {
		struct vbench_info info;
		char later[64];
	} longer = { 0 };
	struct vbench_info info = { 0 };
	long long odd = 0;

	CHECK(fails(VBENCH_INFO, &info, EINVAL));
	info.size = sizeof(info) - 1;
	CHECK(fails(VBENCH_INFO, &info, EINVAL));
	info.size = 1 << 20;
	CHECK(fails(VBENCH_INFO, &info, E2BIG));
	longer.info.size = sizeof(longer);
	CHECK(!ioctl(fd, VBENCH_INFO, &longer));
	CHECK(longer.info.abi == VBENCH_ABI &&
	      longer.info.size == sizeof(longer));
	longer.later[63] = 1;
	CHECK(fails(VBENCH_INFO, &longer, E2BIG));
	CHECK(fails(VBENCH_INFO, NULL, EFAULT));
	CHECK(fails(VBENCH_INFO, (void *)-4096l, EFAULT));
	CHECK(fails(_IOWR(VBENCH_MAGIC, 99, int), &odd, ENOTTY));
	CHECK(fails(_IOR(VBENCH_MAGIC, 0, struct vbench_info), &info, ENOTTY));
	CHECK(fails(0, &info, ENOTTY));
}

static u32 find(const char *name)
{
	struct vbench_op op;
	char why[256];

	return kmod_find(kmod_open(why, sizeof(why)), name, &op);
}

static struct vbench_run good(const char *name)
{
	return (struct vbench_run){ .size = sizeof(struct vbench_run),
				    .op = find(name),
				    .cpu = VBENCH_CPU_HERE,
				    .peer = VBENCH_CPU_ANY,
				    .iterations = 100,
				    .batches = 3 };
}

static struct vbench_ring *map(int prot)
{
	return mmap(NULL, VBENCH_RING_BYTES(4096), prot, MAP_SHARED, fd, 0);
}

static void runs(void)
{
	struct vbench_run run = good("floor-empty-loop");
	struct vbench_ring *ring = map(PROT_READ | PROT_WRITE);

	CHECK(ring != MAP_FAILED && ring->entries == 4096);
	CHECK(!ioctl(fd, VBENCH_RUN, &run));
	CHECK(run.done == 3 && run.outcome == VBENCH_OUTCOME_DONE);
	CHECK(ring->head == 3 && ring->samples[2].runs == 100);
	CHECK(ring->samples[0].ticks > 0);
	ring->tail = 3;

	/* No longer than about 1 ms, however many were asked for. */
	run = good("floor-1000-nops");
	run.iterations = 1ull << 60;
	run.batches = 1;
	CHECK(!ioctl(fd, VBENCH_RUN, &run) && run.done == 1);
	CHECK(ring->samples[3].flags & VBENCH_SAMPLE_CUT);

	/* What was given comes back. */
	CHECK(run.limit_ns == 0 && run.iterations == 1ull << 60);

	/* A reader that does not read; one that lies. */
	ring->tail = ring->head - 4095;
	run = good("floor-empty-loop");
	CHECK(!ioctl(fd, VBENCH_RUN, &run));
	CHECK(run.done == 1 && run.outcome == VBENCH_OUTCOME_RING_FULL);
	ring->tail = ring->head + 77;
	ring->head = 12345678;
	run = good("floor-empty-loop");
	CHECK(!ioctl(fd, VBENCH_RUN, &run));
	CHECK(run.done == 0 && run.outcome == VBENCH_OUTCOME_RING_FULL);
	ring->tail = 4 + 1;
	run = good("floor-empty-loop");
	CHECK(!ioctl(fd, VBENCH_RUN, &run) && run.done == 3);
	CHECK(ring->head == 8);
	ring->tail = 8;
	munmap(ring, VBENCH_RING_BYTES(4096));
}

static void bad_runs(void)
{
	struct vbench_run run;

#define BAD(member, value, err)                      \
	do {                                         \
		run = good("floor-empty-loop");      \
		run.member = value;                  \
		CHECK(fails(VBENCH_RUN, &run, err)); \
	} while (0)
	BAD(op, 100000, EINVAL);
	BAD(batches, 0, EINVAL);
	BAD(batches, 1 << 30, EINVAL);
	BAD(flags, 1u << 31, EINVAL);
	BAD(limit_ns, 1ull << 62, EINVAL);
	BAD(mark, 17, EINVAL);
	BAD(window, 1, EINVAL);
	BAD(cpu, sched_getcpu() ^ 1, EXDEV);
	BAD(cpu, 4000, EXDEV);
	BAD(peer, 1, EINVAL);
	run = good("smp-call-single");
	run.peer = sched_getcpu();
	CHECK(fails(VBENCH_RUN, &run, ENXIO));
	run.peer = 4000;
	CHECK(fails(VBENCH_RUN, &run, ENXIO));
#undef BAD
	run = good("floor-empty-loop");
	run.mark = VBENCH_MARK_HYPERCALL;
	CHECK(fails(VBENCH_RUN, &run, EOPNOTSUPP));
	run.mark = VBENCH_MARK_CPUID;
	run.window = VBENCH_WINDOW(7, 7);
	CHECK(!ioctl(fd, VBENCH_RUN, &run) && run.done == 3);
}

static void on_alarm(int sig)
{
	(void)sig;
}

/* EINTR if the signal, 30 ms from now, comes before the first batch has ended. */
static int run_into_signal(struct vbench_run *run)
{
	struct itimerval soon = { .it_value = { .tv_usec = 30000 } };

	*run = good("floor-1000-nops");
	run->iterations = 1ull << 40;
	run->batches = 1024;
	setitimer(ITIMER_REAL, &soon, NULL);
	return ioctl(fd, VBENCH_RUN, run);
}

/* Ten seconds' worth of batches end with the signal, or with the limit. */
static void interruptible(void)
{
	struct sigaction sa = { .sa_handler = on_alarm };
	struct vbench_run run;
	int ret;

	sigaction(SIGALRM, &sa, NULL);
	do
		ret = run_into_signal(&run);
	while (ret && errno == EINTR);
	CHECK(!ret);
	CHECK(run.outcome == VBENCH_OUTCOME_SIGNAL && run.done < 1024);

	run = good("floor-1000-nops");
	run.iterations = 1ull << 40;
	run.batches = 1024;
	run.limit_ns = 20 * 1000 * 1000;
	CHECK(!ioctl(fd, VBENCH_RUN, &run));
	CHECK(run.outcome == VBENCH_OUTCOME_LIMIT && run.done < 1024);
}

static bool in_child(bool (*holds)(void))
{
	int status = 1;
	pid_t pid = fork();

	if (!pid)
		_exit(!holds());
	return waitpid(pid, &status, 0) == pid && !status;
}

static bool end_is_refused(void)
{
	struct vbench_hook h = { .size = sizeof(h) };

	return fails(VBENCH_END, &h, ENODATA);
}

static void hooks(void)
{
	struct vbench_hook h = { .size = sizeof(h) };

	CHECK(fails(VBENCH_END, &h, ENODATA));
	h.flags = 1u << 30;
	CHECK(fails(VBENCH_BEGIN, &h, EINVAL));
	h.flags = VBENCH_HOOK_PMU;
	CHECK(!ioctl(fd, VBENCH_BEGIN, &h) && h.ticks);
	usleep(20000);
	CHECK(!ioctl(fd, VBENCH_END, &h));
	CHECK(h.elapsed && h.switches >= 1 && h.interrupts >= 1 && !h.migrated);
	/* This emulator has no PMU, and reports no stolen time. */
	CHECK(!(h.valid & (VBENCH_VALID_PMU | VBENCH_VALID_STEAL)));
	CHECK(!h.instructions && !h.cycles);
	CHECK(fails(VBENCH_END, &h, ENODATA));

	/* Another's end is not ours. */
	CHECK(!ioctl(fd, VBENCH_BEGIN, &h));
	CHECK(in_child(end_is_refused));
	h.flags = 1u << 30;
	CHECK(fails(VBENCH_END, &h, EINVAL));
	h.flags = 0;
	CHECK(!ioctl(fd, VBENCH_END, &h));
}

static void marks(void)
{
	struct vbench_mark m = { .size = sizeof(m),
				 .how = VBENCH_MARK_CPUID,
				 .window = VBENCH_WINDOW(1, 1),
				 .begin = 1 };

	CHECK(!ioctl(fd, VBENCH_MARK, &m));
	m.begin = 2;
	CHECK(fails(VBENCH_MARK, &m, EINVAL));
	m.begin = 0;
	m.how = 0;
	CHECK(fails(VBENCH_MARK, &m, EINVAL));
	m.how = VBENCH_MARK_HYPERCALL;
	CHECK(fails(VBENCH_MARK, &m, EOPNOTSUPP));
}

static void mapping(void)
{
	CHECK(mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0) == MAP_FAILED);
	CHECK(mmap(NULL, 1 << 24, PROT_READ, MAP_SHARED, fd, 0) == MAP_FAILED);
	CHECK(mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 1 << 24) ==
	      MAP_FAILED);
}

/* In use it stays; unused it goes and comes back. */
static void unloading(void)
{
	CHECK(syscall(SYS_delete_module, "vbench", O_NONBLOCK) == -1 &&
	      (errno == EWOULDBLOCK || errno == EBUSY));
}

static void all_described(void)
{
	struct vbench_op op = { .size = sizeof(op) };
	char why[256];
	struct kmod *k = kmod_open(why, sizeof(why));
	u32 unavailable = 0;

	for (u32 i = 0; i < k->info.nops; i++) {
		op.index = i;
		op.ask = 0;
		CHECK(!ioctl(fd, VBENCH_OP, &op));
		CHECK(op.name[0] && op.title[0] && !strcmp(op.unit, "ticks"));
		unavailable += op.why[0] != '\0';
		/* Nothing is tried, so there is nothing to tell. */
		op.ask = VBENCH_ASK_NAME_ONLY;
		CHECK(!ioctl(fd, VBENCH_OP, &op));
		CHECK(op.name[0] && !op.why[0]);
	}
	CHECK(unavailable > 0 && unavailable < k->info.nops);
	op.index = k->info.nops;
	CHECK(fails(VBENCH_OP, &op, EINVAL));
	op.index = 0;
	op.ask = 1u << 31;
	CHECK(fails(VBENCH_OP, &op, EINVAL));
}

/* Two short batches; an operation that is refused here says why. */
static void run_one(const struct vbench_op *op)
{
	struct vbench_run run = good(op->name);
	struct vbench_ring *ring = map(PROT_READ | PROT_WRITE);

	run.op = op->index;
	run.batches = 2;
	run.flags = VBENCH_RUN_OPT_IN;
	CHECK(!ioctl(fd, VBENCH_RUN, &run));
	if (run.outcome != VBENCH_OUTCOME_UNAVAILABLE) {
		CHECK(run.outcome == VBENCH_OUTCOME_DONE && run.done == 2);
		operations_run++;
	} else {
		CHECK(run.why[0]);
	}
	if (run.outcome)
		printf("%s: outcome %u: %s\n", op->name, run.outcome, run.why);
	ring->tail = ring->head;
	munmap(ring, VBENCH_RING_BYTES(4096));
}

static void all_run(void)
{
	struct vbench_op op = { .size = sizeof(op) };

	while (!ioctl(fd, VBENCH_OP, &op)) {
		run_one(&op);
		op.index++;
	}
	CHECK(operations_run > 60);
	printf("%u of %u operations ran\n", operations_run, op.index);
}

int main(void)
{
	struct stat st;

	guest_begin();
	bind_thread(0);
	CHECK(!stat(VBENCH_DEVICE, &st) && (st.st_mode & 0777) == 0600);
	fd = open(VBENCH_DEVICE, O_RDWR);
	CHECK(fd >= 0);
	access_is_guarded();
	sizes();
	runs();
	bad_runs();
	interruptible();
	hooks();
	marks();
	mapping();
	unloading();
	all_described();
	all_run();
	hotplug_is_not_held_up(fd);
	lockdown_is_respected(fd);
	close(fd);
	CHECK(!guest_kernel_complained());
	guest_end();
}
