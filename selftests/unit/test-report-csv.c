// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>

#include "reports.h"

/* One field of RFC 4180 at @p into @out; returns what follows it. */
static const char *field(const char *p, char *out)
{
	bool quoted = *p == '"';

	for (p += quoted; quoted || !strchr(",\n", *p); p++) {
		if (quoted && *p == '"' && *++p != '"')
			break;
		assert_int_not_equal(*p, '\0');
		*out++ = *p;
	}
	*out = '\0';
	return p;
}

#define COLUMNS 19

static const char *row(const char *p, char cells[COLUMNS][MSG_TEXT_MAX])
{
	int n;

	for (n = 0; n < COLUMNS; n++) {
		p = field(p, cells[n]);
		if (*p++ == '\n')
			break;
	}
	assert_int_equal(n, COLUMNS - 1);
	return p;
}

static void csv_has_a_row_for_each_sample(void **state)
{
	char cells[COLUMNS][MSG_TEXT_MAX], *text;
	const char *p;

	(void)state;
	assert_int_equal(result_describe(all.items[1], "", "\"b\", c"), 0);
	text = document("csv", all.nitems);
	p = row(text, cells);
	assert_string_equal(cells[0], "benchmark");
	assert_string_equal(cells[COLUMNS - 1], "pass");
	for (size_t i = 0; i < all.nitems; i++) {
		const struct result *res = all.items[i];
		size_t rows = res->nsamples ? res->nsamples : 1;

		for (size_t k = 0; k < rows; k++) {
			p = row(p, cells);
			assert_string_equal(cells[0], res->name);
			assert_string_equal(cells[1],
					    result_status_name(res->status));
			assert_string_equal(cells[2], res->reason);
			assert_string_equal(cells[3], res->unit);
			if (!res->nsamples)
				continue;
			assert_int_equal(atoi(cells[11]), k);
			assert_int_equal(atoi(cells[12]), res->samples[k].runs);
			assert_int_equal(atoi(cells[13]),
					 res->samples[k].guest_ns);
			assert_int_equal(atoi(cells[18]), res->samples[k].pass);
		}
	}
	assert_int_equal(*p, '\0');
	free(text);
}

static void csv_quotes(void **state)
{
	char *text = document("csv", all.nitems);

	(void)state;
	assert_contains(text, "\"no, \"\"AMD\"\"\"");
	assert_contains(text, "\n\"micro/a,b\",failed,died,ns,,,,");
	assert_contains(text, ",host 0,");
	assert_contains(text, ",preempted host-delay,1\n");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(csv_has_a_row_for_each_sample),
		TEST(csv_quotes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
