// SPDX-License-Identifier: GPL-2.0-only
#include <signal.h>
#include <unistd.h>

static int fake_kill(pid_t pid, int sig);

#define kill fake_kill
#include "../../user/suspend.c"
#undef kill

#include "unit.h"

static bool cont_follows;
/* The watcher has not seen yet that a SIGSTOP is over. */
static bool clock_stands;

/* With @cont_follows, SIGCONT comes while the others are being stopped. */
static int fake_kill(pid_t pid, int sig)
{
	int ret = kill(pid, sig);

	if (sig == SIGSTOP && cont_follows)
		raise(SIGCONT);
	return ret;
}

static pid_t start_run(void)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;)
		pause();
}

/* Stops all as after SIGTSTP.  Exit status 0: they run again. */
static void supervise(bool by_terminal)
{
	sigset_t set;
	pid_t run;
	int status;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* Of a shell's job: the kernel ignores SIGTSTP in an orphaned group. */
	setpgid(0, 0);
	sigemptyset(&set);
	sigaddset(&set, SIGTSTP);
	sigaddset(&set, SIGCONT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	run = start_run();
	if (clock_stands)
		active_stop();
	suspend_all(run, by_terminal);
	status = !suspend_runs(run) || active_is_stopped() != clock_stands;
	kill(run, SIGKILL);
	_exit(status);
}

static pid_t start_supervisor(bool by_terminal)
{
	pid_t pid = fork();

	if (!pid)
		supervise(by_terminal);
	assert_true(pid > 0);
	return pid;
}

static int end_of(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, WUNTRACED), pid);
	if (WIFSTOPPED(status)) {
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
	return status;
}

static void sigcont_before_its_own_stop_is_obeyed(void **state)
{
	(void)state;
	cont_follows = true;
	assert_int_equal(end_of(start_supervisor(true)), 0);
	assert_int_equal(end_of(start_supervisor(false)), 0);
}

static void stops_until(pid_t pid, int sig)
{
	int status;

	assert_int_equal(waitpid(pid, &status, WUNTRACED), pid);
	assert_true(WIFSTOPPED(status));
	assert_int_equal(WSTOPSIG(status), sig);
	kill(pid, SIGCONT);
	assert_int_equal(end_of(pid), 0);
}

static void stops_until_sigcont(void **state)
{
	(void)state;
	cont_follows = false;
	stops_until(start_supervisor(true), SIGTSTP);
	stops_until(start_supervisor(false), SIGSTOP);
}

static void stops_soon_after_another_stop(void **state)
{
	clock_stands = true;
	stops_until_sigcont(state);
	clock_stands = false;
}

/* As the watcher left it: it had seen the stop, but not the continuing. */
static void time_goes_on_without_the_watcher(void **state)
{
	pid_t run = start_run(), watcher = start_run();
	int status;

	(void)state;
	active_share();
	assert_true(active_stop());
	suspend_stop(run);
	assert_int_equal(waitpid(run, &status, WUNTRACED), run);
	suspend_unwatch(watcher, run);
	assert_false(active_is_stopped());
	assert_true(suspend_runs(run));
	kill(run, SIGKILL);
	waitpid(run, NULL, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sigcont_before_its_own_stop_is_obeyed),
		cmocka_unit_test(stops_until_sigcont),
		cmocka_unit_test(stops_soon_after_another_stop),
		cmocka_unit_test(time_goes_on_without_the_watcher),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
