// SPDX-License-Identifier: GPL-2.0-only
#include <argp.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "arguments.h"
#include "commands.h"
#include "emulated-host.h"
#include "exit.h"
#include "say.h"
#include "user-settings.h"

struct request {
	const char *kernel;
	const char *share[LINK_SHARES_MAX];
	unsigned int nshares;
	bool verbose, quiet;
	char **command;
};

enum { KEY_KERNEL = 256, KEY_WRITABLE };

static const struct argp_option options[] = {
	{ "kernel", KEY_KERNEL, "KERNEL", 0,
	  "the kernel to boot (default: the one that make deps fetched)", 0 },
	{ "writable", KEY_WRITABLE, "DIR", 0,
	  "keep files that the command writes below DIR", 0 },
	{ "verbose", 'v', NULL, 0, "report each step", 0 },
	{ "quiet", 'q', NULL, 0, "show no progress", 0 },
	{ NULL, 'h', NULL, OPTION_HIDDEN, NULL, 0 },
	{ 0 },
};

static void add_share(struct argp_state *state, const char *dir)
{
	struct request *q = state->input;

	/* The run's own folder needs one share. */
	if (q->nshares == LINK_SHARES_MAX - 1)
		argp_error(state, "at most %d --writable", LINK_SHARES_MAX - 1);
	q->share[q->nshares++] = dir;
}

static bool find_shares(struct request *q)
{
	char *real;

	for (unsigned int i = 0; i < q->nshares; i++) {
		real = realpath(q->share[i], NULL);
		if (!real || access(real, W_OK | X_OK)) {
			say("--writable=%s: %s", q->share[i], strerror(errno));
			free(real);
			return false;
		}
		q->share[i] = real;
	}
	return true;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct request *q = state->input;

	switch (key) {
	case KEY_KERNEL:
		q->kernel = arg;
		break;
	case KEY_WRITABLE:
		add_share(state, arg);
		break;
	case 'h':
		argp_state_help(state, stdout, ARGP_HELP_STD_HELP);
		break;
	case 'q':
		q->quiet = true;
		break;
	case 'v':
		q->verbose = true;
		break;
	case ARGP_KEY_ARGS:
		q->command = &state->argv[state->next];
		state->next = state->argc;
		break;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "no command");
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "COMMAND [ARGUMENT...]",
	.doc = "Runs COMMAND as root in an emulated host: a separate kernel "
	       "with KVM, under QEMU's software emulation, with this "
	       "machine's files.  Its changes are discarded afterwards.",
};

int cmd_emulated_host(int argc, char **argv)
{
	struct request q = { .kernel = "" };
	struct emulated_host h;
	int ret;

	argv[0] = (char *)"vbench emulated-host";
	argp_err_exit_status = EXIT_USAGE;
	arguments_parse(&argp, argc, argv, ARGP_IN_ORDER, &q, sizeof(q));
	say_set_verbose(q.verbose);
	say_set_quiet(q.quiet);
	if (!find_shares(&q))
		return EXIT_USAGE;
	if (user_settings_apply())
		return EXIT_NOTHING;
	ret = emulated_host_open(&h, q.kernel);
	for (unsigned int i = 0; i < q.nshares; i++)
		emulated_host_share(&h, q.share[i]);
	h.input = true;
	if (!ret)
		ret = emulated_host_run(&h, q.command);
	emulated_host_close(&h);
	return ret;
}
