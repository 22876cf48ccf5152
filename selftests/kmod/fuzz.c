// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fuzzes the ioctls: several processes send random and nearly right requests,
 * while others try to unload the module and take CPUs offline.  At the end, the
 * kernel's log and leaked memory are checked.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/reboot.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../bench/clock.h"
#include "../../bench/cpus.h"
#include "../../bench/prng.h"
#include "guest.h"
#include "reload.h"

#define FUZZERS 4
#define CALLS 1040000
/* A run takes milliseconds, so only one in this many right requests runs. */
#define RUN_EVERY 500
/*
 * On the kernel's command line, for a kernel that is slow: FUZZ_SECONDS= ends the
 * storm by time instead, FUZZ_RUN_EVERY= asks for runs more often.
 */
static u32 setting(const char *name, u32 otherwise)
{
	const char *value = getenv(name);

	return value ? strtoul(value, NULL, 10) : otherwise;
}

struct score {
	u64 calls, accepted, wrong, runs, offlined, refused, reloaded;
};

/* Shared by all processes. */
static struct score *scores;
static volatile bool *over, *pause_all, *ran;

static u64 rng, end_ns;
static u32 run_every;

static u32 below(u32 n)
{
	return prng_below(&rng, n);
}

static u32 odd(void)
{
	static const u32 values[] = { 0,    1,	  2,	      3,
				      0x7f, 0x80, 0x7fffffff, 0x80000000,
				      ~0u,  ~1u,  4096,	      100000 };

	return below(4) ? values[below(sizeof(values) / sizeof(values[0]))] :
			  (u32)prng_next(&rng);
}

static void scramble(void *p, size_t size)
{
	u8 *b = p;

	for (size_t i = 0; i < size; i++)
		b[i] = prng_next(&rng);
}

static void random_call(int fd)
{
	static const unsigned long commands[] = { VBENCH_INFO, VBENCH_OP,
						  VBENCH_RUN,  VBENCH_BEGIN,
						  VBENCH_END,  VBENCH_MARK };
	u8 arg[512];
	u32 size = below(3) ? below(512) : odd();
	unsigned long cmd = commands[below(6)];

	scramble(arg, sizeof(arg));
	if (below(2))
		memset(arg + 4, 0, sizeof(arg) - 4);
	/* What is nearly right is for the others: few runs that long. */
	memcpy(arg, &size, sizeof(size));
	if (!below(20))
		cmd = prng_next(&rng);
	if (cmd == VBENCH_RUN && size >= sizeof(struct vbench_run))
		((struct vbench_run *)arg)->batches = 0;
	/* A random address is one that nothing of ours is at. */
	ioctl(fd, cmd,
	      below(50) ? (uintptr_t)arg : prng_next(&rng) | 1ull << 63);
}

/* Longer runs are printed, in case the storm does not end. */
#define SLOW_NS (2 * NSEC_PER_SEC)

/* Right but for one member. */
static void near_run(int fd, u32 nops, struct score *s)
{
	u64 begin;
	struct vbench_run run = {
		.size = sizeof(run),
		.op = below(nops),
		.cpu = below(3) ? VBENCH_CPU_HERE : odd(),
		.peer = below(3) ? VBENCH_CPU_ANY : below(4),
		.iterations = below(2) ? below(1000) : prng_next(&rng),
		.batches = 1 + below(8),
		.limit_ns = 1000000 + below(20000000),
		.mark = below(8) ? 0 : below(3),
		.window = below(8) ? 0 : odd() & ~1u,
		.flags = below(20) ? 0 : odd(),
	};

	begin = clock_ns();
	if (!ioctl(fd, VBENCH_RUN, &run) && run.done) {
		s->runs++;
		ran[run.op] = true;
	}
	if (clock_ns() - begin > SLOW_NS)
		printf("slow: operation %u took %llu ms, outcome %u, %u done: %s\n",
		       run.op,
		       (unsigned long long)(clock_ns() - begin) / 1000000,
		       run.outcome, run.done, run.why);
}

/* A struct of another version: longer, with what is zero or is not. */
static void other_version(int fd, struct score *s)
{
	struct {
		struct vbench_info info;
		u8 later[64];
	} longer = { .info.size = sizeof(longer.info) + below(65) };
	u32 at = below(64);
	bool known = below(2);
	int ret;

	longer.later[at] = !known;
	/* What is behind its end is nobody's. */
	known |= longer.info.size <= sizeof(longer.info) + at;
	ret = ioctl(fd, VBENCH_INFO, &longer);
	s->accepted += !ret;
	s->wrong += known ? ret != 0 : ret == 0 || errno != E2BIG;
}

static void near_call(int fd, u32 nops, struct score *s)
{
	struct vbench_op op = { .size = sizeof(op),
				.index = below(nops + 2),
				.ask = below(9) ? below(2) : odd() };
	struct vbench_hook hook = { .size = sizeof(hook),
				    .flags = below(9) ? below(2) : odd() };
	struct vbench_mark mark = { .size = sizeof(mark),
				    .how = below(3),
				    .window = odd() & ~1u,
				    .begin = below(2) };
	struct vbench_info info = { .size = sizeof(info) };
	int ret = 0;

	switch (below(6)) {
	case 0:
		/* One that runs something takes long. */
		if (op.ask == VBENCH_ASK_NAME_ONLY || !below(20))
			ret = ioctl(fd, VBENCH_OP, &op);
		break;
	case 5:
		other_version(fd, s);
		break;
	case 1:
		ret = ioctl(fd, VBENCH_BEGIN, &hook);
		break;
	case 2:
		ret = ioctl(fd, VBENCH_END, &hook);
		break;
	case 3:
		ret = ioctl(fd, VBENCH_MARK, &mark);
		break;
	default:
		ret = ioctl(fd, VBENCH_INFO, &info);
	}
	s->accepted += !ret;
}

static void on_alarm(int sig)
{
	(void)sig;
}

/* The device may be gone for a moment, while the module is loaded anew. */
static int open_device(void)
{
	int fd;

	while ((fd = open(VBENCH_DEVICE, O_RDWR | O_CLOEXEC)) < 0 && !*over)
		usleep(1000);
	return fd;
}

static int play_with_ring(int fd)
{
	struct vbench_ring *ring = mmap(NULL, VBENCH_RING_BYTES(4096),
					PROT_READ | PROT_WRITE, MAP_SHARED, fd,
					0);

	if (ring == MAP_FAILED)
		return fd;
	ring->tail = below(2) ? ring->head : odd();
	if (!below(4))
		ring->head = odd();
	/* Sometimes the mapping is what keeps the file. */
	if (below(8)) {
		munmap(ring, VBENCH_RING_BYTES(4096));
		return fd;
	}
	close(fd);
	munmap(ring, VBENCH_RING_BYTES(4096));
	return open_device();
}

static bool goes_on(const struct score *s)
{
	return end_ns ? clock_ns() < end_ns : s->calls < CALLS / FUZZERS;
}

static void fuzz(u32 id, u32 nops)
{
	struct itimerval tick = { .it_interval = { .tv_usec = 50000 },
				  .it_value = { .tv_usec = 50000 } };
	struct sigaction sa = { .sa_handler = on_alarm };
	struct score *s = &scores[id];
	int fd = open_device();

	rng = 0x9e3779b97f4a7c15ull * (id + 1);
	sigaction(SIGALRM, &sa, NULL);
	setitimer(ITIMER_REAL, &tick, NULL);
	for (; goes_on(s); s->calls++) {
		if (*pause_all || !below(2000)) {
			close(fd);
			while (*pause_all)
				usleep(1000);
			fd = open_device();
		}
		if (!below(100))
			fd = play_with_ring(fd);
		/* That CPU may be gone, and may go. */
		if (!below(500))
			bind_thread(below(2));
		if (!below(run_every))
			near_run(fd, nops, s);
		else if (below(2))
			random_call(fd);
		else
			near_call(fd, nops, s);
	}
	exit(0);
}

/* Now and then nobody uses it. */
static void unload_again_and_again(struct score *s)
{
	for (u32 i = 0; !*over; i++) {
		*pause_all = i % 64 > 56;
		if (!syscall(SYS_delete_module, "vbench", O_NONBLOCK) ||
		    errno == ENOENT)
			s->reloaded += reload();
		else
			s->refused++;
		usleep(3000);
	}
	*pause_all = false;
	exit(0);
}

static void take_cpus_away(struct score *s)
{
	static const char cpu1[] = "/sys/devices/system/cpu/cpu1/online";

	while (!*over) {
		s->offlined += guest_put(cpu1, "0");
		usleep(40000);
		guest_put(cpu1, "1");
		usleep(40000);
	}
	exit(0);
}

/* Shows processes that hang; they end with the machine. */
static void be_patient(struct score *s)
{
	for (u32 i = setting("FUZZ_LIMIT", 600); i > 0 && !*over; i--)
		sleep(1);
	if (*over)
		exit(0);
	guest_put("/proc/sys/kernel/printk", "8");
	guest_put("/proc/sysrq-trigger", "w");
	guest_put("/proc/sysrq-trigger", "l");
	sleep(1);
	printf("the storm does not end:");
	for (u32 i = 0; i < FUZZERS; i++)
		printf(" %llu calls, %llu runs;",
		       (unsigned long long)scores[i].calls,
		       (unsigned long long)scores[i].runs);
	printf("\n");
	fflush(stdout);
	reboot(RB_AUTOBOOT);
}

static u64 meminfo(const char *what)
{
	FILE *f = fopen("/proc/meminfo", "re");
	char line[128];
	u64 kib = 0;

	while (f && fgets(line, sizeof(line), f))
		if (!strncmp(line, what, strlen(what)))
			kib = strtoull(line + strlen(what), NULL, 10);
	if (f)
		fclose(f);
	return kib;
}

static u64 kernel_memory(void)
{
	guest_put("/proc/sys/vm/drop_caches", "3");
	usleep(300000);
	return meminfo("SUnreclaim:") + meminfo("VmallocUsed:") +
	       meminfo("KernelStack:");
}

static void start(void (*role)(struct score *s), struct score *s)
{
	if (!fork())
		role(s);
}

static void storm(u32 nops)
{
	pid_t fuzzer[FUZZERS];

	for (u32 i = 0; i < FUZZERS; i++) {
		fuzzer[i] = fork();
		if (!fuzzer[i])
			fuzz(i, nops);
	}
	start(unload_again_and_again, &scores[FUZZERS]);
	start(take_cpus_away, &scores[FUZZERS]);
	start(be_patient, &scores[FUZZERS]);
	for (u32 i = 0; i < FUZZERS; i++) {
		int status;

		waitpid(fuzzer[i], &status, 0);
		CHECK(WIFEXITED(status) && !WEXITSTATUS(status));
	}
	*over = true;
	while (wait(NULL) > 0)
		;
	guest_put("/sys/devices/system/cpu/cpu1/online", "1");
}

static u32 operations_run(u32 nops)
{
	u32 n = 0;

	for (u32 i = 0; i < nops; i++)
		n += ran[i];
	return n;
}

static struct score total(void)
{
	struct score t = scores[FUZZERS];

	for (u32 i = 0; i < FUZZERS; i++) {
		t.calls += scores[i].calls;
		t.accepted += scores[i].accepted;
		t.wrong += scores[i].wrong;
		t.runs += scores[i].runs;
	}
	return t;
}

int main(void)
{
	u64 before, after;
	struct kmod *k;
	char why[256];
	struct score t;
	u32 nops;

	reload_keep_module();
	guest_begin();
	run_every = setting("FUZZ_RUN_EVERY", RUN_EVERY);
	if (getenv("FUZZ_SECONDS"))
		end_ns = clock_ns() + setting("FUZZ_SECONDS", 0) * NSEC_PER_SEC;
	scores = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	over = (bool *)(scores + FUZZERS + 1);
	pause_all = over + 1;
	ran = pause_all + 1;
	k = kmod_open(why, sizeof(why));
	CHECK(k != NULL);
	nops = k ? k->info.nops : 1;
	if (k) {
		munmap(k->ring, VBENCH_RING_BYTES(k->info.ring_samples));
		close(k->fd);
	}
	before = kernel_memory();
	storm(nops);
	after = kernel_memory();
	t = total();
	printf("%llu calls, %llu accepted, %llu runs of %u operations, %llu "
	       "times CPU 1 taken away, unloading refused %llu times, "
	       "reloaded %llu times; kernel memory %+lld KiB\n",
	       (unsigned long long)t.calls, (unsigned long long)t.accepted,
	       (unsigned long long)t.runs, operations_run(nops),
	       (unsigned long long)t.offlined, (unsigned long long)t.refused,
	       (unsigned long long)t.reloaded, (long long)(after - before));
	CHECK(t.calls >= (end_ns ? 10000 : CALLS) && t.accepted > 1000);
	CHECK(t.wrong == 0);
	CHECK(t.runs > 20 && t.offlined > 3 && t.refused > 3 && t.reloaded > 3);
	/*
	 * Caches of the allocator come and go; a leak of each call would not.
	 * Where there is kmemleak, there is KASAN, which keeps what was freed.
	 */
	CHECK(guest_has_kmemleak() || after < before + 4096);
	kept_memory_is_given_back();
	CHECK(!syscall(SYS_delete_module, "vbench", O_NONBLOCK));
	CHECK(!guest_kernel_complained());
	guest_end();
}
