// SPDX-License-Identifier: GPL-2.0-only
/*
 * The engine keeps CPUs from coming and going for a while.  These tests try to extend
 * that for ever: with a real-time hog on a CPU where a thread of the module must run,
 * and with a page fault that nobody answers.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../bench/clock.h"
#include "guest.h"
#include "hotplug.h"

#define SOON_S 20
/* What the hog is for; a thread that is waited for gets the CPU only then. */
#define HOG_S 12
#define TRIES 500

static bool bind_to(int cpu)
{
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	return !sched_setaffinity(0, sizeof(one), &one);
}

static struct vbench_run request(int fd, const char *name)
{
	struct vbench_run run = { .size = sizeof(run),
				  .cpu = VBENCH_CPU_HERE,
				  .peer = VBENCH_CPU_ANY,
				  .iterations = 1,
				  .batches = 8 };
	struct kmod k = { .fd = fd, .info = { .size = sizeof(k.info) } };
	struct vbench_op op;

	CHECK(!ioctl(fd, VBENCH_INFO, &k.info));
	run.op = kmod_find(&k, name, &op);
	return run;
}

/* False: not within SOON_S, and @pid stays. */
static bool ends_soon(pid_t pid)
{
	for (int i = 0; i < SOON_S * 100; i++) {
		if (waitpid(pid, NULL, WNOHANG) == pid)
			return true;
		usleep(10000);
	}
	return false;
}

static bool cpu_goes_and_comes(void)
{
	static const char online[] = "/sys/devices/system/cpu/cpu1/online";
	pid_t pid = fork();

	if (!pid)
		_exit(!guest_put(online, "0") || !guest_put(online, "1"));
	return pid > 0 && ends_soon(pid) && !access(online, F_OK);
}

static pid_t start_hog(void)
{
	struct sched_param first = { .sched_priority = 1 };
	pid_t pid = fork();
	u64 begin;

	if (pid)
		return pid;
	if (!bind_to(1) || sched_setscheduler(0, SCHED_FIFO, &first))
		_exit(1);
	begin = clock_ns();
	while (clock_ns() - begin < HOG_S * NSEC_PER_SEC)
		;
	_exit(0);
}

/*
 * Whether real-time tasks may have CPU 1 for themselves.  Newer kernels have a
 * deadline server for others there, whatever the limit is (since 6.12).
 */
static bool let_hogs_starve(bool yes)
{
	static const char limit[] = "/proc/sys/kernel/sched_rt_runtime_us";
	static const char server[] =
		"/sys/kernel/debug/sched/fair_server/cpu1/runtime";

	if (access(server, F_OK))
		mount("debugfs", "/sys/kernel/debug", "debugfs", 0, NULL);
	if (!access(server, F_OK) && !guest_put(server, yes ? "0" : "50000000"))
		return false;
	return guest_put(limit, yes ? "-1" : "950000");
}

static void starve_a_thread(int fd)
{
	struct vbench_run run = request(fd, "smp-call-single");
	pid_t hog;
	u64 begin;

	CHECK(let_hogs_starve(true));
	hog = start_hog();
	usleep(200000);
	CHECK(!waitpid(hog, NULL, WNOHANG));
	begin = clock_ns();
	run.peer = 1;
	CHECK(!ioctl(fd, VBENCH_RUN, &run));
	CHECK(run.outcome == VBENCH_OUTCOME_UNAVAILABLE);
	CHECK(clock_ns() - begin < HOG_S / 2 * NSEC_PER_SEC);
	kill(hog, SIGKILL);
	waitpid(hog, NULL, 0);
	CHECK(let_hogs_starve(false));
	CHECK(cpu_goes_and_comes());
	run = request(fd, "smp-call-single");
	CHECK(!ioctl(fd, VBENCH_RUN, &run) &&
	      run.outcome == VBENCH_OUTCOME_DONE);
}

/* Between a process that faults and one that never answers. */
struct fault {
	volatile u64 address;
	volatile int userfaultfd;
	volatile u64 runs;
};

#define RING_SAMPLES 4096

/* The ring is the file's, and so that of every process that has it. */
static struct vbench_ring *map_ring(int fd)
{
	return mmap(NULL, VBENCH_RING_BYTES(RING_SAMPLES),
		    PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
}

/* The size of what kernel/page-fault-guest maps: it will be in the same place. */
#define AREA (1ul << 20)

/* Most of the time it is between two batches: a full ring would allow none. */
static void fault_on(int fd, struct fault *f)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct vbench_run run = request(fd, "page-fault-guest");
	int u = syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);
	struct vbench_ring *ring = map_ring(fd);
	void *area = mmap(NULL, AREA, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (u < 0 || ioctl(u, UFFDIO_API, &api) || ring == MAP_FAILED ||
	    area == MAP_FAILED)
		_exit(1);
	munmap(area, AREA);
	f->userfaultfd = u;
	f->address = (uintptr_t)area;
	for (run.batches = 1024;; f->runs++) {
		if (ioctl(fd, VBENCH_RUN, &run) && errno != EINTR)
			_exit(1);
		ring->tail = ring->head;
	}
}

/* A fault waits for an answer, or one does soon. */
static bool faults(int userfaultfd)
{
	struct pollfd p = { .fd = userfaultfd, .events = POLLIN };

	return poll(&p, 1, 300) == 1 && p.revents == POLLIN;
}

static void empty_ring(int fd)
{
	struct vbench_ring *ring = map_ring(fd);

	CHECK(ring != MAP_FAILED);
	if (ring == MAP_FAILED)
		return;
	ring->tail = ring->head;
	munmap(ring, VBENCH_RING_BYTES(RING_SAMPLES));
}

/* True: it faults, and waits. */
static bool take_over(pid_t pid, const struct fault *f)
{
	struct uffdio_register reg = { .range = { f->address, AREA },
				       .mode = UFFDIO_REGISTER_MODE_MISSING };
	int pidfd = syscall(SYS_pidfd_open, pid, 0);
	int u = syscall(SYS_pidfd_getfd, pidfd, f->userfaultfd, 0);
	bool taken = false;

	/* Between the mapping and its last page. */
	for (int i = 0; i < TRIES && u >= 0 && !taken; i++) {
		taken = !ioctl(u, UFFDIO_REGISTER, &reg) && faults(u);
		usleep(500);
	}
	/* It stays open in @pid. */
	close(u);
	close(pidfd);
	return taken;
}

static void fault_for_ever(int fd)
{
	struct fault *f = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
			       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct vbench_run run = request(fd, "floor-empty-loop");
	pid_t pid = fork();
	bool taken;

	if (!pid)
		fault_on(fd, f);
	for (int i = 0; i < 100 && !f->address; i++)
		usleep(10000);
	if (!f->address) {
		printf("no userfaultfd here\n");
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		return;
	}
	taken = take_over(pid, f);
	CHECK(taken);
	printf("nobody answers a fault after %llu runs\n",
	       (unsigned long long)f->runs);
	CHECK(cpu_goes_and_comes());
	kill(pid, SIGKILL);
	CHECK(ends_soon(pid));
	empty_ring(fd);
	CHECK(!ioctl(fd, VBENCH_RUN, &run));
	if (run.done != run.batches)
		printf("%u of %u batches, outcome %u: %s\n", run.done,
		       run.batches, run.outcome, run.why);
	CHECK(run.done == run.batches);
	munmap(f, 4096);
}

void hotplug_is_not_held_up(int fd)
{
	if (sysconf(_SC_NPROCESSORS_ONLN) < 2) {
		CHECK(!"the guest has two CPUs");
		return;
	}
	CHECK(bind_to(0));
	starve_a_thread(fd);
	fault_for_ever(fd);
}
