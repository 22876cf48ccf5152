// SPDX-License-Identifier: GPL-2.0-only
#include <argp.h>
#include <locale.h>
#include <string.h>

#include "commands.h"
#include "exit.h"
#include "say.h"

const char *argp_program_version = "vbench " VBENCH_VERSION;

/* Anything else is the name of a backend. */
static const struct {
	const char *name;
	int (*run)(const struct options *opt);
} commands[] = {
	{ "list", cmd_list },
	{ "show", cmd_show },
};

#define NCOMMANDS (sizeof(commands) / sizeof(commands[0]))

static int run_command(int (*run)(const struct options *opt), int argc,
		       char **argv)
{
	struct options opt;

	options_parse(&opt, argc, argv);
	say_set_verbose(opt.verbose);
	return run(&opt);
}

static int run_backend(const struct options *opt)
{
	if (opt->backend)
		return cmd_run(opt);
	say("which backend? \"vbench local\" runs here without a hypervisor, "
	    "\"vbench qemu\" and \"vbench kvm\" in guests; \"vbench --help\" "
	    "says more");
	return EXIT_USAGE;
}

int main(int argc, char **argv)
{
	setlocale(LC_ALL, "");
	/* CSV and JSON want a decimal point, and so does SETTINGS. */
	setlocale(LC_NUMERIC, "C");
	for (size_t i = 0; argc > 1 && i < NCOMMANDS; i++)
		if (!strcmp(argv[1], commands[i].name))
			return run_command(commands[i].run, argc - 1, argv + 1);
	return run_command(run_backend, argc, argv);
}
