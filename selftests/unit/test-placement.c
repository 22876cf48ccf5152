// SPDX-License-Identifier: GPL-2.0-only
/* This process stands for a VMM: its threads have the names of QEMU's. */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../../bench/cpus.h"
#include "../../user/placement.h"
#include "unit.h"

static struct session s;
static struct machine m;
static pthread_barrier_t named;
static char text[400], why[256];

struct vmm_thread {
	const char *name;
	pid_t tid;
	pthread_t thread;
};

static void *live(void *arg)
{
	struct vmm_thread *t = arg;

	t->tid = syscall(SYS_gettid);
	prctl(PR_SET_NAME, t->name);
	pthread_barrier_wait(&named);
	for (;;)
		pause();
	return NULL;
}

static void add_threads(struct vmm_thread *t, unsigned int n)
{
	pthread_barrier_init(&named, NULL, n + 1);
	for (unsigned int i = 0; i < n; i++)
		assert_int_equal(
			pthread_create(&t[i].thread, NULL, live, &t[i]), 0);
	pthread_barrier_wait(&named);
}

static void end_threads(struct vmm_thread *t, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		pthread_cancel(t[i].thread);
		pthread_join(t[i].thread, NULL);
	}
}

/* The CPUs of the host that this test may use. */
static u32 cpu[2];
static u32 ncpus;

static int setup(void **state)
{
	(void)state;
	ncpus = 0;
	for (u32 i = 0; i < CPU_SETSIZE && ncpus < 2; i++)
		if (cpus_may_use(i))
			cpu[ncpus++] = i;
	machine_init(&m, 0);
	m.pid = getpid();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	machine_release(&m);
	cpulists_free(&s.cpus);
	return 0;
}

static void pin_to(const char *list)
{
	assert_int_equal(cpulists_parse(&s.cpus, list, 1, why, sizeof(why)), 0);
}

static void assert_runs_on(pid_t tid, u32 n, const u32 *want)
{
	cpu_set_t set;

	assert_int_equal(sched_getaffinity(tid, sizeof(set), &set), 0);
	assert_int_equal(CPU_COUNT(&set), n);
	for (u32 i = 0; i < n; i++)
		assert_true(CPU_ISSET(want[i], &set));
}

/* Those that come after the first look as well. */
static void late_vcpus_are_watched(void **state)
{
	struct vmm_thread t[] = { { "CPU 0/TCG" },
				  { "CPU 1/TCG" },
				  { "IO mon" } };
	u64 delay = 0;

	(void)state;
	placement_look(&s, &m);
	assert_int_equal(m.vcpu_threads, 0);
	assert_true(hostsched_delay(&m.sched, &delay));
	add_threads(t, 3);
	placement_look(&s, &m);
	assert_int_equal(m.vcpu_threads, 2);
	assert_int_equal(m.sched.n, 2);
	assert_true(hostsched_delay(&m.sched, &delay));
	end_threads(t, 3);
}

static void no_process_no_delay(void **state)
{
	u64 delay = 0;

	(void)state;
	m.pid = 0;
	placement_look(&s, &m);
	assert_false(hostsched_delay(&m.sched, &delay));
}

/* A sum without some of the threads would look like less delay. */
static void some_threads_no_delay(void **state)
{
	struct procfs_thread t[2] = { { gettid(), 0 }, { gettid(), 1 } };
	struct rlimit old, low;
	struct hostsched h;
	u64 delay = 0;
	int next;

	(void)state;
	hostsched_init(&h);
	next = dup(0);
	close(next);
	getrlimit(RLIMIT_NOFILE, &old);
	low = old;
	low.rlim_cur = next + 1;
	setrlimit(RLIMIT_NOFILE, &low);
	hostsched_open(&h, t, 2);
	setrlimit(RLIMIT_NOFILE, &old);
	assert_false(hostsched_delay(&h, &delay));
	hostsched_open(&h, t, 2);
	assert_true(hostsched_delay(&h, &delay));
	hostsched_close(&h);
}

/* CONFIG_TASK_DELAY_ACCT alone: the file is there, but nothing is counted. */
static void uncounted_is_no_delay(void **state)
{
	int fd = memfd_create("schedstat", MFD_CLOEXEC);
	struct hostsched h = { .fd = &fd, .n = 1 };
	u64 delay = 0;

	(void)state;
	assert_int_equal(pwrite(fd, "0 0 0\n", 6, 0), 6);
	assert_false(hostsched_delay(&h, &delay));
	assert_int_equal(pwrite(fd, "0 5 1\n", 6, 0), 6);
	assert_true(hostsched_delay(&h, &delay));
	assert_int_equal(delay, 5);
	close(fd);
}

static void vcpus_one_each(void **state)
{
	struct vmm_thread t[] = { { "CPU 1/KVM" }, { "CPU 0/KVM" }, { "vnc" } };
	char list[32];

	(void)state;
	if (ncpus < 2)
		skip();
	snprintf(list, sizeof(list), "%u,%u", cpu[0], cpu[1]);
	pin_to(list);
	add_threads(t, 3);
	placement_look(&s, &m);
	assert_runs_on(t[0].tid, 1, &cpu[1]);
	assert_runs_on(t[1].tid, 1, &cpu[0]);
	assert_runs_on(t[2].tid, 2, cpu);
	placement_text(&s, &m, text, sizeof(text));
	assert_contains(text, "vCPUs on CPUs ");
	assert_contains(text, ", its other threads on CPUs ");
	end_threads(t, 3);
	cpus_bind(0, cpu, ncpus);
}

static void others_beside_the_vcpu(void **state)
{
	struct vmm_thread t[] = { { "CPU 0/KVM" }, { "vnc" } };
	char list[32];

	(void)state;
	if (ncpus < 2)
		skip();
	snprintf(list, sizeof(list), "%u,%u", cpu[1], cpu[0]);
	pin_to(list);
	add_threads(t, 2);
	placement_look(&s, &m);
	assert_runs_on(t[0].tid, 1, &cpu[1]);
	assert_runs_on(t[1].tid, 1, &cpu[0]);
	end_threads(t, 2);
	cpus_bind(0, cpu, ncpus);
}

static void shared_is_said(void **state)
{
	const struct benchmark two = { .name = "two", .vcpus = 2 };
	const struct benchmark one = { .name = "one" };
	struct vmm_thread t[] = { { "CPU 0/KVM" }, { "CPU 1/KVM" } };
	char list[32], want[64];

	(void)state;
	snprintf(list, sizeof(list), "%u", cpu[0]);
	pin_to(list);
	add_threads(t, 2);
	placement_look(&s, &m);
	snprintf(want, sizeof(want), "its 2 vCPUs share CPU %u", cpu[0]);
	assert_string_equal(placement_text(&s, &m, text, sizeof(text)), want);
	assert_non_null(placement_too_few(&s, &m, &two, why, sizeof(why)));
	assert_contains(why, "needs 2 CPUs");
	assert_null(placement_too_few(&s, &m, &one, why, sizeof(why)));
	end_threads(t, 2);
	cpus_bind(0, cpu, ncpus);
}

static void names_of_vcpus(void **state)
{
	(void)state;
	assert_int_equal(procfs_vcpu_of("CPU 12/KVM\n"), 12);
	assert_int_equal(procfs_vcpu_of("ALL CPUs/TCG\n"), 0);
	assert_int_equal(procfs_vcpu_of("kvm-vcpu-3\n"), 3);
	assert_int_equal(procfs_vcpu_of("fc_vcpu 1\n"), 1);
	assert_int_equal(procfs_vcpu_of("vcpu0\n"), 0);
	assert_int_equal(procfs_vcpu_of("qemu-system-x86\n"), -1);
	assert_int_equal(procfs_vcpu_of("CPU \n"), -1);
	assert_int_equal(procfs_vcpu_of(""), -1);
}

static void foreign_proc(void **state)
{
	(void)state;
	assert_true(procfs_status_is_ours("Name:\tx\nNSpid:\t7\nVm:\t1\n"));
	assert_false(procfs_status_is_ours("Name:\tx\nNSpid:\t7\t1\n"));
	assert_false(procfs_status_is_ours("Name:\tx\nNSpid:\t9\t7\t1\n"));
	assert_true(procfs_status_is_ours("Name:\tx\nTgid:\t7\n"));
	assert_true(procfs_is_ours());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(late_vcpus_are_watched, setup,
						teardown),
		cmocka_unit_test_setup_teardown(no_process_no_delay, setup,
						teardown),
		cmocka_unit_test_setup_teardown(some_threads_no_delay, setup,
						teardown),
		cmocka_unit_test_setup_teardown(uncounted_is_no_delay, setup,
						teardown),
		cmocka_unit_test_setup_teardown(vcpus_one_each, setup,
						teardown),
		cmocka_unit_test_setup_teardown(others_beside_the_vcpu, setup,
						teardown),
		cmocka_unit_test_setup_teardown(shared_is_said, setup,
						teardown),
		cmocka_unit_test(names_of_vcpus),
		cmocka_unit_test(foreign_proc),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
