// SPDX-License-Identifier: GPL-2.0-only
/* Progress in a file or pipe, by a clock of the test's own. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "../../bench/clock.h"

static u64 fake_now;

static u64 fake_clock_ns(void)
{
	return fake_now;
}

#define clock_ns fake_clock_ns
#include "../../user/say.c"

#include "unit.h"

static char said[4096];

/* What @run prints on stderr, a file here, ends up in @said. */
static void capture(void (*run)(void))
{
	FILE *f = tmpfile();
	int saved = dup(STDERR_FILENO);
	ssize_t n;

	assert_non_null(f);
	fake_now = 1000 * NSEC_PER_SEC;
	last_line = 0;
	dup2(fileno(f), STDERR_FILENO);
	run();
	fflush(stderr);
	dup2(saved, STDERR_FILENO);
	close(saved);
	n = pread(fileno(f), said, sizeof(said) - 1, 0);
	assert_true(n >= 0);
	said[n] = '\0';
	fclose(f);
}

static void progress_each_second(void)
{
	for (int i = 0; i <= 25; i++) {
		say_progress("second %d", i);
		fake_now += NSEC_PER_SEC;
	}
	say_progress("%s", "");
}

static void a_line_every_ten_seconds(void **state)
{
	(void)state;
	capture(progress_each_second);
	assert_string_equal(said, "vbench: second 10\nvbench: second 20\n");
}

static void short_run(void)
{
	say_progress("starting");
	fake_now += 9 * NSEC_PER_SEC;
	say_progress("ending");
	say("a message");
	say_progress("%s", "");
}

static void a_short_run_shows_no_progress(void **state)
{
	(void)state;
	capture(short_run);
	assert_string_equal(said, "vbench: a message\n");
}

static void quiet_run(void)
{
	say_set_quiet(true);
	progress_each_second();
	say("a message");
	say_set_quiet(false);
}

static void quiet_leaves_messages(void **state)
{
	(void)state;
	capture(quiet_run);
	assert_string_equal(said, "vbench: a message\n");
}

/* What a terminal of 40 columns gets of it ends up in @said. */
static void on_terminal(const char *text)
{
	struct winsize ws = { .ws_row = 24, .ws_col = 40 };
	int master = posix_openpt(O_RDWR | O_NOCTTY);
	int saved = dup(STDERR_FILENO), slave;
	ssize_t n;

	assert_return_code(grantpt(master), 0);
	assert_return_code(unlockpt(master), 0);
	slave = open(ptsname(master), O_RDWR | O_NOCTTY);
	assert_return_code(ioctl(slave, TIOCSWINSZ, &ws), 0);
	dup2(slave, STDERR_FILENO);
	say_progress("%s", text);
	dup2(saved, STDERR_FILENO);
	n = read(master, said, sizeof(said) - 1);
	assert_true(n >= 0);
	said[n] = '\0';
	progress[0] = '\0';
	close(saved);
	close(slave);
	close(master);
}

static void no_number_is_cut(void **state)
{
	(void)state;
	on_terminal("[pass 2 of 10] micro/cow-12345, about 47 s left");
	assert_string_equal(said, "[pass 2 of 10] micro/cow-12345, about");
	on_terminal("[pass 2 of 10] micro/cow, about 7 s left");
	assert_string_equal(said, "[pass 2 of 10] micro/cow, about 7 s");
	on_terminal("[pass 2 of 3] micro/cow, 7 s left");
	assert_string_equal(said, "[pass 2 of 3] micro/cow, 7 s left");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_every_ten_seconds),
		cmocka_unit_test(a_short_run_shows_no_progress),
		cmocka_unit_test(quiet_leaves_messages),
		cmocka_unit_test(no_number_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
