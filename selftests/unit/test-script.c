// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../bench/clock.h"
#include "../../bench/cpus.h"
#include "../../user/script.h"
#include "unit.h"

static char dir[64], path[128], why[2048];

static int setup(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/vbench-unit-XXXXXX");
	return mkdtemp(dir) ? 0 : -1;
}

static int teardown(void **state)
{
	char cmd[128];

	(void)state;
	snprintf(cmd, sizeof(cmd), "rm -rf %s", dir);
	return system(cmd);
}

static void write_script(const char *text)
{
	FILE *f;

	snprintf(path, sizeof(path), "%s/script", dir);
	f = fopen(path, "w");
	assert_non_null(f);
	fprintf(f, "#!/bin/sh\n%s\n", text);
	fclose(f);
	chmod(path, 0755);
}

/* Runs it with arguments "one" and "two words" to its end. */
static struct script run(const char *text, double limit_s)
{
	struct script_spec spec = {
		.path = path,
		.cwd = dir,
		.label = "start 1",
		.args = { "one", "two words" },
		.limit_s = limit_s,
	};
	struct script s;

	write_script(text);
	assert_int_equal(script_spawn(&s, &spec), 0);
	assert_true(s.pid > 0);
	script_wait(&s);
	assert_int_equal(s.pid, 0);
	assert_int_equal(s.pidfd, -1);
	assert_true(script_ended(&s));
	return s;
}

static const char *content(const char *file)
{
	static char text[256];
	FILE *f = fopen(file, "r");

	assert_non_null(f);
	text[fread(text, 1, sizeof(text) - 1, f)] = '\0';
	fclose(f);
	return text;
}

static void good(void **state)
{
	struct script s = run("echo $#,$2; echo oops >&2; pwd; cat", 30);
	char want[128];

	(void)state;
	assert_true(script_exited_with(&s, 0));
	assert_true(script_verdict(&s, why, sizeof(why)));
	snprintf(want, sizeof(want), "2,two words\n%s\n", dir);
	assert_string_equal(content(s.out), want);
	assert_string_equal(content(s.err), "oops\n");
}

static void failed(void **state)
{
	struct script s =
		run("echo cause one >&2; echo 'cause \033[31mtwo' >&2;"
		    "exit 3",
		    30);

	(void)state;
	assert_true(script_exited_with(&s, 3));
	assert_false(script_exited_with(&s, 0));
	assert_false(script_verdict(&s, why, sizeof(why)));
	assert_string_equal(why, "start 1 failed (exit status 3):\n"
				 "    cause one\n    cause two");
	assert_false(script_verdict(&s, why, 12));
	assert_string_equal(why, "start 1 fai");
}

static void killed_by_a_signal(void **state)
{
	struct script s = run("kill -9 $$", 30);

	(void)state;
	assert_false(script_verdict(&s, why, sizeof(why)));
	assert_contains(why, "start 1 died of signal 9");
	assert_false(script_exited_with(&s, 0));
	assert_false(script_exited_with(&s, 9));
}

/* The script's processes hold the FIFO's other end: it is shut when all of them
 * are gone. */
static void hangs(void **state)
{
	struct pollfd p = { .events = POLLIN };
	char fifo[PATH_MAX];
	u64 begin = clock_ns();
	struct script s;
	char c;

	(void)state;
	snprintf(fifo, sizeof(fifo), "%s/fifo", dir);
	assert_int_equal(mkfifo(fifo, 0600), 0);
	p.fd = open(fifo, O_RDONLY | O_NONBLOCK);
	assert_true(p.fd >= 0);
	s = run("exec 5> fifo; trap '' TERM; sleep 1000 & echo hung >&2; "
		"sleep 1000",
		1);
	assert_true(clock_ns() - begin >= NSEC_PER_SEC);
	assert_true(clock_ns() - begin < 20 * NSEC_PER_SEC);
	assert_false(script_exited_with(&s, 0));
	assert_false(script_verdict(&s, why, sizeof(why)));
	assert_string_equal(why, "start 1 did not end within 1 s:\n    hung");
	assert_int_equal(poll(&p, 1, 10000), 1);
	assert_int_equal(read(p.fd, &c, 1), 0);
	close(p.fd);
}

/* No descriptor of the caller, and none that served to start the script. */
static void inherits_three_descriptors(void **state)
{
	struct script s;

	(void)state;
	assert_int_equal(dup2(STDERR_FILENO, 7), 7);
	s = run("exec sh -c 'for i in 3 4 5 6 7 8 9; do "
		"[ ! -e /proc/$$/fd/$i ] || echo $i; done'",
		30);
	assert_true(script_exited_with(&s, 0));
	assert_string_equal(content(s.out), "");
	close(7);
}

static int spawn_error(const char *file, const char *cwd)
{
	struct script_spec spec = {
		.path = file, .cwd = cwd, .label = "start", .limit_s = 30
	};
	struct script s;
	int ret = script_spawn(&s, &spec);

	assert_int_equal(s.pid, 0);
	assert_int_equal(s.pidfd, -1);
	script_kill(&s);
	return ret;
}

static void cannot_be_executed(void **state)
{
	char endless[PATH_MAX];

	(void)state;
	write_script("exit 0");
	chmod(path, 0644);
	assert_int_equal(spawn_error(path, dir), -EACCES);
	assert_int_equal(spawn_error("/nonexistent", dir), -ENOENT);
	assert_int_equal(spawn_error(dir, dir), -EACCES);
	assert_int_equal(spawn_error("/bin/true", "/nonexistent"), -ENOENT);
	memset(endless, 'x', sizeof(endless));
	endless[sizeof(endless) - 1] = '\0';
	assert_int_equal(spawn_error("/bin/true", endless), -ENAMETOOLONG);
}

static void pinned(void **state)
{
	struct script_spec spec = {
		.path = path, .cwd = dir, .label = "pinned", .limit_s = 30
	};
	struct script s;
	char want[32];
	u32 cpu = 0;

	(void)state;
	while (!cpus_may_use(cpu))
		cpu++;
	spec.cpus = &cpu;
	spec.ncpus = 1;
	write_script("sed -n 's/^Cpus_allowed_list:.//p' /proc/self/status");
	assert_int_equal(script_spawn(&s, &spec), 0);
	script_wait(&s);
	assert_true(script_verdict(&s, why, sizeof(why)));
	snprintf(want, sizeof(want), "%u\n", cpu);
	assert_string_equal(content(s.out), want);
}

/* No shell, for dash unblocks all signals at its start. */
static void signals_are_not_blocked(void **state)
{
	struct script_spec spec = {
		.path = "/bin/grep",
		.cwd = dir,
		.label = "signals",
		.args = { "SigBlk", "/proc/self/status" },
		.limit_s = 30,
	};
	sigset_t set, old;
	struct script s;

	(void)state;
	sigfillset(&set);
	sigprocmask(SIG_BLOCK, &set, &old);
	assert_int_equal(script_spawn(&s, &spec), 0);
	script_wait(&s);
	sigprocmask(SIG_SETMASK, &old, NULL);
	assert_string_equal(content(s.out), "SigBlk:\t0000000000000000\n");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

/* What stops machines must not fail because of a full disk. */
static void no_room_for_output(void **state)
{
	struct script_spec spec = {
		.path = path,
		.cwd = dir,
		.label = "stop",
		.limit_s = 10,
	};
	char taken[128];
	struct script s;

	(void)state;
	write_script("echo told; echo warned >&2; exit 3");
	snprintf(taken, sizeof(taken), "%s/stop.out", dir);
	assert_int_equal(mkdir(taken, 0700), 0);
	assert_int_equal(script_spawn(&s, &spec), -EISDIR);
	spec.cleans_up = true;
	assert_int_equal(script_spawn(&s, &spec), 0);
	script_wait(&s);
	assert_false(script_verdict(&s, why, sizeof(why)));
	assert_string_equal(why, "stop failed (exit status 3):\n    warned");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(good),
		TEST(failed),
		TEST(killed_by_a_signal),
		TEST(hangs),
		TEST(inherits_three_descriptors),
		TEST(cannot_be_executed),
		TEST(no_room_for_output),
		TEST(pinned),
		TEST(signals_are_not_blocked),
	};

	/* A test that hangs ends here. */
	alarm(120);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
