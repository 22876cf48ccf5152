// SPDX-License-Identifier: GPL-2.0-only
/* This program is the kernel, and its object file the module. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "../../user/paths.h"
#include "../../user/trace-kernel.h"
#include "unit.h"

#define KASLR 0xffffffff8a230000ull

extern const char __executable_start[];

const char *data_dir(void)
{
	return "/nonexistent";
}

/* Of the statement: of an address that has two lines, the last counts. */
enum { MARKED_LINE = __LINE__ + 3 };
static __attribute__((noinline)) int marked(int n)
{
	return n * 3;
}

/* trace-kernel.c has a function of that name as well. */
enum { TWIN_LINE = __LINE__ + 3 };
static __attribute__((noinline)) int is_it(int n)
{
	return n * 5;
}

static struct settings set;
static char why[512];

static u64 linked_at(int (*function)(int))
{
	return (u64)(uintptr_t)function - (u64)(uintptr_t)__executable_start;
}

/* What @files tell of the function that a guest has at @rip. */
static const char *line_of(const char *files, const char *function, u64 rip)
{
	static struct exit_site site;
	struct exits x = { .sites = &site, .nsites = 1 };
	struct kernel_debug *k;

	site = (struct exit_site){ .rip = rip };
	snprintf(site.function, sizeof(site.function), "%s", function);
	snprintf(set.kernel_debug, sizeof(set.kernel_debug), "%s", files);
	if (kernel_debug_open(&k, &set, why, sizeof(why)))
		fail_msg("%s", why);
	kernel_debug_fill(k, &x);
	kernel_debug_close(k);
	return site.line;
}

static const char *here(int line)
{
	static char text[64];

	snprintf(text, sizeof(text), "test-trace-kernel.c:%d", line);
	return text;
}

static void kernel(void **state)
{
	(void)state;
	assert_string_equal(line_of("/proc/self/exe", "marked+0x0",
				    KASLR + linked_at(marked)),
			    here(MARKED_LINE));
	assert_string_equal(line_of("/proc/self/exe", "is_it+0x0",
				    KASLR + linked_at(is_it)),
			    here(TWIN_LINE));
}

/* A line of another kernel would be worse than none. */
static void not_that_kernel(void **state)
{
	(void)state;
	assert_string_equal(line_of("/proc/self/exe", "marked+0x0",
				    KASLR + linked_at(marked) + 0x40),
			    "");
	assert_string_equal(line_of("/proc/self/exe", "nosuch+0x0", KASLR), "");
	assert_string_equal(line_of("/proc/self/exe", "marked+0x0 [kvm]",
				    KASLR + linked_at(marked)),
			    "");
	assert_string_equal(line_of("", "marked+0x0", KASLR), "");
}

/* Whatever a guest says. */
static void nonsense(void **state)
{
	static const char *const said[] = { "",
					    "+0x0",
					    "marked",
					    "marked+0x",
					    "marked+0x0 [",
					    "\x7f+0x0 []",
					    "marked+0xffffffffffffffff" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(said); i++)
		line_of("/proc/self/exe", said[i], KASLR + linked_at(marked));
}

static void module(void **state)
{
	char object[PATH_MAX], dir[] = "/tmp/vbench-unit-XXXXXX", ko[64];
	char files[128];
	ssize_t n = readlink("/proc/self/exe", object, sizeof(object) - 3);

	(void)state;
	assert_true(n > 0 && mkdtemp(dir));
	strcpy(object + n, ".o");
	snprintf(ko, sizeof(ko), "%s/a-module.ko", dir);
	assert_int_equal(symlink(object, ko), 0);
	snprintf(files, sizeof(files), "/proc/self/exe %s/*.ko", dir);
	assert_string_equal(line_of(files, "marked+0x0 [a_module]",
				    0xffffffffc0001230ull),
			    here(MARKED_LINE));
	unlink(ko);
	rmdir(dir);
}

static void no_debug_information(void **state)
{
	struct kernel_debug *k;

	(void)state;
	strcpy(set.kernel_debug, "/nonexistent/vmlinux");
	assert_int_not_equal(kernel_debug_open(&k, &set, why, sizeof(why)), 0);
	assert_contains(why, "/nonexistent/vmlinux");
	assert_contains(why, "KERNEL_DEBUG");
	strcpy(set.kernel_debug, "/etc/passwd");
	assert_int_not_equal(kernel_debug_open(&k, &set, why, sizeof(why)), 0);
	assert_contains(why, "with debug information is needed");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kernel),
		cmocka_unit_test(not_that_kernel),
		cmocka_unit_test(nonsense),
		cmocka_unit_test(module),
		cmocka_unit_test(no_debug_information),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
