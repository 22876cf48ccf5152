// SPDX-License-Identifier: GPL-2.0-only
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "exit.h"
#include "say.h"
#include "stdout.h"

static bool read_one(const char *path, struct results *r)
{
	char why[PATH_MAX + 1024];

	results_init(r);
	if (!report_json_read(path, r, why, sizeof(why)))
		return true;
	say("%s", why);
	return false;
}

/* As after a run. */
static int verdict(const struct results *r)
{
	return results_count(r, RESULT_FAILED) ? EXIT_FAILED : EXIT_OK;
}

static int printed(int ret)
{
	bool all = stdout_printed("print the results");

	if (ret)
		say("not enough memory to show it");
	return ret || !all ? EXIT_FAILED : EXIT_OK;
}

static int show_two(const char *first, const char *second)
{
	int ret = EXIT_USAGE;
	struct results a, b;

	if (!read_one(first, &a))
		goto out_a;
	if (!read_one(second, &b))
		goto out_b;
	ret = printed(report_compare(stdout, &a, &b)) | verdict(&a) |
	      verdict(&b);
out_b:
	results_free(&b);
out_a:
	results_free(&a);
	return ret;
}

/* An option of runs that would be ignored without a word. */
static const char *show_misplaced(const struct options *opt)
{
	if (opt->noutputs)
		return opt->outputs[0].report->name;
	if (opt->nexclude)
		return "exclude";
	if (opt->trace)
		return "trace";
	return opt->emulated_host ? "emulated-host" : NULL;
}

static bool show_understands(const struct options *opt)
{
	const char *option = show_misplaced(opt);
	bool two = opt->npatterns == 1;

	if (option)
		say("show only prints results: --%s is for runs", option);
	else if (!opt->backend || opt->npatterns > 1)
		say("usage: vbench show RESULT.json [OTHER.json]; \"-\" is "
		    "standard input");
	else if (two && !strcmp(opt->backend, "-") &&
		 !strcmp(opt->patterns[0], "-"))
		say("standard input can hold only one of the two results: name "
		    "a file for the other");
	else
		return true;
	return false;
}

int cmd_show(const struct options *opt)
{
	int ret = EXIT_USAGE;
	struct results r;

	if (!show_understands(opt))
		return EXIT_USAGE;
	if (opt->npatterns)
		return show_two(opt->backend, opt->patterns[0]);
	if (read_one(opt->backend, &r))
		ret = printed(report_text(stdout, &r, opt->distribution)) |
		      verdict(&r);
	results_free(&r);
	return ret;
}
