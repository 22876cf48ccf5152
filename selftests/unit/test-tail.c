// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "../../user/tail.h"
#include "unit.h"

static char buf[4096];

/* What is told of a file that holds @data. */
static const char *tail(const char *data, size_t len, int lines)
{
	char path[] = "/tmp/vbench-unit-XXXXXX";
	int fd = mkstemp(path);
	size_t n;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, data, len), len);
	close(fd);
	n = tail_of_file(path, lines, buf, sizeof(buf));
	unlink(path);
	assert_int_equal(n, strlen(buf));
	return buf;
}

#define TAIL(text, lines) tail(text, sizeof(text) - 1, lines)

static void last_lines(void **state)
{
	(void)state;
	assert_string_equal(TAIL("one\ntwo\nthree\n", 2), "    two\n    three");
	assert_string_equal(TAIL("one\ntwo\nthree", 2), "    two\n    three");
	assert_string_equal(TAIL("one\ntwo\n", 9), "    one\n    two");
	assert_string_equal(TAIL("one\n", 1), "    one");
	assert_string_equal(TAIL("one\n\ntwo\n", 2), "    \n    two");
	assert_string_equal(TAIL("one\ntwo\n\n\n", 1), "    two");
}

static void nothing_to_tell(void **state)
{
	(void)state;
	assert_string_equal(TAIL("", 5), "");
	assert_string_equal(TAIL("\n\n\n", 5), "");
	strcpy(buf, "x");
	assert_int_equal(tail_of_file("/nonexistent", 5, buf, sizeof(buf)), 0);
	assert_string_equal(buf, "");
	strcpy(buf, "x");
	assert_int_equal(tail_of_file("/", 5, buf, sizeof(buf)), 0);
	assert_string_equal(buf, "");
}

static void no_commands_to_the_terminal(void **state)
{
	(void)state;
	assert_string_equal(TAIL("\033[2J\033[1;31mred\033[0m\r\n", 5),
			    "    red");
	assert_string_equal(TAIL("a\0b\a\b\x7f"
				 "c\td",
				 5),
			    "    ab?c d");
	/* ESC alone, and sequences that never end. */
	assert_string_equal(TAIL("a\033", 5), "    a");
	assert_string_equal(TAIL("a\033[", 5), "    a");
	assert_string_equal(TAIL("a\033[1;2", 5), "    a");
	assert_string_equal(TAIL("a\033cb", 5), "    ab");
	/* C1's CSI, as a character and as a byte. */
	assert_string_equal(TAIL("a\xc2\x9b"
				 "2Jb",
				 5),
			    "    a??2Jb");
	assert_string_equal(TAIL("a\x9b"
				 "2Jb",
				 5),
			    "    a?2Jb");
	assert_string_equal(TAIL("4 \xc2\xb5s", 5), "    4 \xc2\xb5s");
}

static void a_huge_line(void **state)
{
	static char huge[100000];

	(void)state;
	memset(huge, 'x', sizeof(huge));
	tail(huge, sizeof(huge), 3);
	assert_int_equal(strlen(buf), sizeof(buf) - 1);
	memcpy(huge + sizeof(huge) - 6, "\nlast\n", 6);
	assert_string_equal(tail(huge, sizeof(huge), 1), "    last");
}

static void small_buffers(void **state)
{
	char path[] = "/tmp/vbench-unit-XXXXXX", small[40];
	int fd = mkstemp(path);
	size_t n;

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "first\nsecond\nthird\n", 19), 19);
	close(fd);
	for (size_t size = 1; size < sizeof(small) - 1; size++) {
		memset(small, '#', sizeof(small));
		n = tail_of_file(path, 3, small, size);
		assert_int_equal(n, strlen(small));
		assert_true(strlen(small) < size);
		assert_int_equal(small[size], '#');
	}
	unlink(path);
}

static void random_consoles(void **state)
{
	char data[300];
	u64 rng = 1;

	(void)state;
	for (int i = 0; i < 1000; i++) {
		size_t len = prng_below(&rng, sizeof(data));

		for (size_t k = 0; k < len; k++)
			data[k] = prng_below(&rng, 3) ? (char)prng_next(&rng) :
						       "\033[\n;m"[k % 5];
		tail(data, len, 1 + i % 9);
		for (size_t k = 0; buf[k]; k++)
			assert_true((u8)buf[k] >= ' ' || buf[k] == '\n');
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(last_lines),
		cmocka_unit_test(nothing_to_tell),
		cmocka_unit_test(no_commands_to_the_terminal),
		cmocka_unit_test(a_huge_line),
		cmocka_unit_test(small_buffers),
		cmocka_unit_test(random_consoles),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
