// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>

#include "commands.h"
#include "exit.h"
#include "say.h"

static bool read_one(const char *path, struct results *r)
{
	char why[1024];

	results_init(r);
	if (!report_json_read(path, r, why, sizeof(why)))
		return true;
	say("%s", why);
	return false;
}

static int show_two(const char *first, const char *second)
{
	int ret = EXIT_USAGE;
	struct results a, b;

	if (!read_one(first, &a))
		goto out_a;
	if (!read_one(second, &b))
		goto out_b;
	ret = report_compare(stdout, &a, &b) ? EXIT_FAILED : EXIT_OK;
out_b:
	results_free(&b);
out_a:
	results_free(&a);
	return ret;
}

int cmd_show(const struct options *opt)
{
	int ret = EXIT_USAGE;
	struct results r;

	if (!opt->backend || opt->npatterns > 1) {
		say("usage: vbench show RESULT.json [OTHER.json]");
		return EXIT_USAGE;
	}
	if (opt->npatterns)
		return show_two(opt->backend, opt->patterns[0]);
	if (read_one(opt->backend, &r))
		ret = report_text(stdout, &r, opt->distribution) ? EXIT_FAILED :
								   EXIT_OK;
	results_free(&r);
	return ret;
}
