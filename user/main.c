// SPDX-License-Identifier: GPL-2.0-only
#include <argp.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "../bench/fds.h"
#include "../bench/registry.h"
#include "commands.h"
#include "emulated-host.h"
#include "exit.h"
#include "say.h"
#include "settings.h"
#include "stdout.h"
#include "user-settings.h"

const char *argp_program_version = "vbench " VBENCH_VERSION;

/* Any other word is the name of a backend. */
static const struct {
	const char *name;
	int (*run)(const struct options *opt);
} commands[] = {
	{ "list", cmd_list },
	{ "show", cmd_show },
};

#define NCOMMANDS (sizeof(commands) / sizeof(commands[0]))

/* These have their own options. */
static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
} own_options[] = {
	{ "emulated-host", cmd_emulated_host },
	{ "trace", cmd_trace },
};

#define NOWN (sizeof(own_options) / sizeof(own_options[0]))

/* @argc, @argv: without the program's name where a command's is there; @whole:
 * with it. */
static int run_command(int (*run)(const struct options *opt), int argc,
		       char **argv, char **whole)
{
	struct options opt;

	options_parse(&opt, argc, argv);
	say_set_verbose(opt.verbose);
	say_set_quiet(opt.quiet);
	if (opt.backend && run != cmd_show && user_settings_apply())
		return EXIT_NOTHING;
	/* There the same command line is run again. */
	if (opt.emulated_host && opt.backend && run != cmd_show &&
	    !getenv(ENV_EMULATED_HOST))
		return emulated_vbench(&opt, whole);
	return run(&opt);
}

static int run_backend(const struct options *opt)
{
	if (opt->backend)
		return cmd_run(opt);
	say("which backend? \"vbench local\" runs here without a hypervisor, "
	    "\"vbench qemu\" and \"vbench kvm\" in guests; \"vbench --help\" "
	    "lists all options");
	return EXIT_USAGE;
}

/* Clients know a benchmark by its name: the other one would never run. */
static bool names_are_unique(void)
{
	const struct bench_entry *e = registry_find_twin();

	if (e)
		say("two benchmarks of bench/%s are called \"%s\": give one of "
		    "them another name and run make",
		    e->group, e->bench->name);
	return !e;
}

int main(int argc, char **argv)
{
	char why[2 * PATH_MAX];

	fds_secure_standard();
	fds_close_on_exec();
	stdout_watch();
	setlocale(LC_ALL, "");
	/* CSV, JSON and SETTINGS need a decimal point. */
	setlocale(LC_NUMERIC, "C");
	if (settings_paths_of_environment(why, sizeof(why))) {
		say("%s", why);
		return EXIT_USAGE;
	}
	if (!names_are_unique())
		return EXIT_USAGE;
	for (size_t i = 0; argc > 1 && i < NOWN; i++)
		if (!strcmp(argv[1], own_options[i].name))
			return own_options[i].run(argc - 1, argv + 1);
	for (size_t i = 0; argc > 1 && i < NCOMMANDS; i++)
		if (!strcmp(argv[1], commands[i].name))
			return run_command(commands[i].run, argc - 1, argv + 1,
					   argv);
	return run_command(run_backend, argc, argv, argv);
}
