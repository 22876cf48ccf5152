// SPDX-License-Identifier: GPL-2.0-only
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static FILE *fake_fopen(const char *path, const char *mode);

#define fopen fake_fopen
#include "../../user/procfs.c"
#undef fopen

#include "unit.h"

/* As a kernel without CONFIG_PROC_CHILDREN. */
static bool without_children;

static FILE *fake_fopen(const char *path, const char *mode)
{
	if (without_children && strstr(path, "/children"))
		return NULL;
	return fopen(path, mode);
}

static pid_t start_child(void)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;)
		pause();
}

static void end_child(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void children_are_found(void)
{
	pid_t a = start_child(), b = start_child(), *list;
	size_t n = procfs_children(getpid(), &list);

	end_child(a);
	end_child(b);
	assert_int_equal(n, 2);
	assert_int_equal(list[0] + list[1], a + b);
	free(list);
	assert_int_equal(procfs_children(getpid(), &list), 0);
}

static void children_by_their_list(void **state)
{
	(void)state;
	without_children = false;
	children_are_found();
}

static void children_without_their_list(void **state)
{
	(void)state;
	without_children = true;
	children_are_found();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(children_by_their_list),
		cmocka_unit_test(children_without_their_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
