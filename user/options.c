// SPDX-License-Identifier: GPL-2.0-only
#include <argp.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "arguments.h"
#include "exit.h"
#include "options.h"
#include "select.h"
#include "suggest.h"

enum {
	KEY_IFNAME = 256,
	KEY_ROUGH,
	KEY_QUICK,
	KEY_EXCLUDE,
	KEY_DISTRIBUTION,
	KEY_SEED,
	KEY_MACHINES,
	KEY_TIME,
	KEY_PASSES,
	KEY_LIMIT,
	KEY_CPUS,
	KEY_INSECURE,
	KEY_EMULATED_HOST,
	KEY_TRACE,
	KEY_REPORT, /* one for each report, and upwards */
};

#define DEFAULT_MACHINES 4
#define DEFAULT_BUDGET_S 1.5
#define ROUGH_BUDGET_S 0.25
/* The whole suite on local within the 45 s of a kselftest, on a busy machine. */
#define QUICK_BUDGET_S 0.1
#define DEFAULT_PASSES 10
#define PASSES_MAX 100

static const struct argp_option fixed[] = {
	{ "rough", KEY_ROUGH, NULL, 0,
	  "stop at 5 % precision or after 0.25 s per benchmark, instead of at "
	  "1 % or after 1.5 s",
	  0 },
	{ "quick", KEY_QUICK, NULL, 0,
	  "stop at 5 % precision or after 0.1 s per benchmark: for tests that "
	  "ask whether everything runs, rather than how fast",
	  0 },
	{ "exclude", KEY_EXCLUDE, "PATTERNS", 0,
	  "leave out these benchmarks: names, groups or globs, separated by "
	  "commas; can be given more than once",
	  0 },
	{ "time", KEY_TIME, "SECONDS", 0,
	  "spend at most this time on each benchmark (default 1.5)", 0 },
	{ "passes", KEY_PASSES, "N", 0,
	  "spread that time over N passes over all benchmarks, so that each "
	  "benchmark sees quiet and busy periods of the machine (default 10; 1 "
	  "with --rough)",
	  0 },
	{ "machines", KEY_MACHINES, "N", 0,
	  "start this many machines, 1 to 64 (default 4)", 0 },
	{ "cpus", KEY_CPUS, "LIST[:LIST...]", 0,
	  "pin machine N to the Nth CPU of the list, such as 0,2-3, or to the "
	  "Nth "
	  "list, such as 0-1:2-3; each vCPU gets a CPU of its machine's list; a "
	  "single machine gets all of a list",
	  0 },
	{ "seed", KEY_SEED, "N", 0,
	  "repeat the random choice of machines of the run that showed this "
	  "seed (default: a random one)",
	  0 },
	{ "timeout", KEY_LIMIT, "SECONDS", 0,
	  "end the whole run after this time, with exit status 124", 0 },
	{ "ifname", KEY_IFNAME, "IF", 0,
	  "serve on this interface, in the caller's own network, instead of a "
	  "private network namespace",
	  0 },
	{ "insecure", KEY_INSECURE, NULL, 0,
	  "with --ifname: accept clients without the session's token", 0 },
	{ "emulated-host", KEY_EMULATED_HOST, "KERNEL", OPTION_ARG_OPTIONAL,
	  "run all this in an emulated host: a kernel with KVM under QEMU's "
	  "software emulation (default: the one that make deps fetched)",
	  0 },
	{ "trace", KEY_TRACE, "rip,try", OPTION_ARG_OPTIONAL,
	  "attribute each benchmark's VM exits, after its times were taken "
	  "(needs root and KVM); rip: also to function and line in the guest; "
	  "try: continue without tracing if it is unavailable",
	  0 },
	{ "distribution", KEY_DISTRIBUTION, NULL, 0,
	  "show how each benchmark's samples are distributed", 0 },
	{ "verbose", 'v', NULL, 0, "report each step", 0 },
	{ "quiet", 'q', NULL, 0, "show no progress", 0 },
	{ NULL, 'h', NULL, OPTION_HIDDEN, NULL, 0 },
};

#define NFIXED (sizeof(fixed) / sizeof(fixed[0]))

static size_t nreports(void)
{
	return __stop_vbench_reports - __start_vbench_reports;
}

static bool number(const char *s, double low, double high, double *v)
{
	char *end;

	errno = 0;
	*v = strtod(s, &end);
	return end != s && !*end && !errno && *v >= low && *v <= high;
}

/* A whole one, from 1. */
static bool count(const char *s, double most, u32 *n)
{
	double v;

	if (!number(s, 1, most, &v) || v != (u32)v)
		return false;
	*n = v;
	return true;
}

static void set_machines(struct argp_state *state, const char *arg,
			 struct options *o)
{
	if (!count(arg, MACHINES_MAX, &o->machines))
		argp_error(state,
			   "--machines=%s: vbench can start from 1 to %d "
			   "machines",
			   arg, MACHINES_MAX);
}

static void set_passes(struct argp_state *state, const char *arg,
		       struct options *o)
{
	if (!count(arg, PASSES_MAX, &o->passes))
		argp_error(state, "--passes=%s: must be from 1 to %d passes",
			   arg, PASSES_MAX);
}

static void set_time(struct argp_state *state, const char *option,
		     const char *arg, double *to)
{
	if (!number(arg, 0.01, 86400, to))
		argp_error(state, "--%s=%s: must be from 0.01 to 86400 seconds",
			   option, arg);
}

static void set_seed(struct argp_state *state, const char *arg,
		     struct options *o)
{
	char *end;

	errno = 0;
	o->seed = strtoull(arg, &end, 0);
	/* Readers of JSON have no larger integers. */
	if (errno || *end || *arg < '0' || *arg > '9' || o->seed > INT64_MAX)
		argp_error(state, "--seed=%s: not a whole number below 2^63",
			   arg);
}

static void set_cpus(struct argp_state *state, const char *arg,
		     struct options *o)
{
	if (!*arg || arg[strspn(arg, "0123456789,-:")])
		argp_error(state,
			   "--cpus=%s is not a list such as 0,2-3, or one for "
			   "each machine, such as 0-1:2-3",
			   arg);
	o->cpus = arg;
}

static void set_trace(struct argp_state *state, const char *arg,
		      struct options *o)
{
	const char *word = arg;
	size_t len;

	o->trace = TRACE_MUST;
	for (; word && *word; word += len + (word[len] == ',')) {
		len = strcspn(word, ",");
		if (len == 3 && !strncmp(word, "rip", len))
			o->trace_rip = true;
		else if (len == 3 && !strncmp(word, "try", len))
			o->trace = TRACE_TRY;
		else
			argp_error(
				state,
				"--trace=%s must be \"rip\", \"try\", or both "
				"separated by a comma",
				arg);
	}
}

static void set_output(struct argp_state *state, size_t report, const char *arg,
		       struct options *o)
{
	if (o->noutputs == OUTPUTS_MAX)
		argp_error(state, "vbench writes at most %d result files",
			   OUTPUTS_MAX);
	o->outputs[o->noutputs].report = &__start_vbench_reports[report];
	/* "list --json" */
	o->outputs[o->noutputs++].path = arg ? arg : "-";
}

static void set_exclude(struct argp_state *state, const char *arg,
			struct options *o)
{
	if (o->nexclude == EXCLUDES_MAX)
		argp_error(state,
			   "--exclude= can be given at most %d times; each "
			   "takes several patterns, separated by commas",
			   EXCLUDES_MAX);
	o->exclude[o->nexclude++] = arg;
}

static void set_words(struct argp_state *state, struct options *o)
{
	o->patterns = &state->argv[state->next];
	o->npatterns = state->argc - state->next;
	state->next = state->argc;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case KEY_ROUGH:
		o->rough = true;
		break;
	case KEY_QUICK:
		o->quick = true;
		break;
	case KEY_EXCLUDE:
		set_exclude(state, arg, o);
		break;
	case KEY_TIME:
		set_time(state, "time", arg, &o->budget_s);
		break;
	case KEY_PASSES:
		set_passes(state, arg, o);
		break;
	case KEY_LIMIT:
		set_time(state, "timeout", arg, &o->limit_s);
		break;
	case KEY_MACHINES:
		set_machines(state, arg, o);
		break;
	case KEY_CPUS:
		set_cpus(state, arg, o);
		break;
	case KEY_SEED:
		set_seed(state, arg, o);
		break;
	case KEY_IFNAME:
		o->ifname = arg;
		break;
	case KEY_EMULATED_HOST:
		o->emulated_host = arg ? arg : "";
		break;
	case KEY_INSECURE:
		o->insecure = true;
		break;
	case KEY_TRACE:
		set_trace(state, arg, o);
		break;
	case KEY_DISTRIBUTION:
		o->distribution = true;
		break;
	case 'v':
		o->verbose = true;
		break;
	case 'q':
		o->quiet = true;
		break;
	case 'h':
		argp_state_help(state, stdout, ARGP_HELP_STD_HELP);
		break;
	case ARGP_KEY_ARG:
		if (o->backend)
			return ARGP_ERR_UNKNOWN;
		o->backend = arg;
		break;
	case ARGP_KEY_ARGS:
		set_words(state, o);
		break;
	default:
		if (key < KEY_REPORT || key >= KEY_REPORT + (int)nreports())
			return ARGP_ERR_UNKNOWN;
		set_output(state, key - KEY_REPORT, arg, o);
	}
	return 0;
}

/* @listing: "list --json" needs no file. */
static struct argp_option *all_options(bool listing)
{
	size_t n = nreports();
	struct argp_option *list = calloc(NFIXED + n + 1, sizeof(*list));

	if (!list)
		argp_failure(NULL, EXIT_FAILURE, ENOMEM, "options");
	for (size_t i = 0; i < n; i++)
		list[i] = (struct argp_option){
			.name = __start_vbench_reports[i].name,
			.key = KEY_REPORT + (int)i,
			.arg = "FILE",
			.flags = listing ? OPTION_ARG_OPTIONAL : 0,
			.doc = __start_vbench_reports[i].help,
		};
	memcpy(list + n, fixed, sizeof(fixed));
	return list;
}

static bool known(const struct argp_option *list, const char *name, size_t len)
{
	for (; list->key; list++)
		if (list->name && !strncmp(list->name, name, len))
			return true;
	return !strncmp("help", name, len) || !strncmp("usage", name, len) ||
	       !strncmp("version", name, len);
}

/* getopt says only that an option is unknown; say which was meant. */
static void check_names(const struct argp_option *list, int argc, char **argv)
{
	const struct argp_option *l;
	struct suggest s;
	size_t len;
	char *typed;

	for (int i = 1; i < argc && strcmp(argv[i], "--"); i++) {
		if (strncmp(argv[i], "--", 2))
			continue;
		len = strcspn(argv[i] + 2, "=");
		if (known(list, argv[i] + 2, len))
			continue;
		typed = strndup(argv[i] + 2, len);
		s = (struct suggest){ .typed = typed };
		for (l = list; l->key; l++)
			if (l->name)
				suggest_offer(&s, l->name);
		suggest_offer(&s, "help");
		fprintf(stderr,
			"vbench: unknown option \"--%s\"%s%s%s "
			"(\"vbench --help\" shows all)\n",
			typed, s.best ? ": did you mean \"--" : "",
			s.best ? s.best : "", s.best ? "\"?" : "");
		exit(EXIT_USAGE);
	}
}

static char *append_names(char *text)
{
	size_t n, len = strlen(text), room = len + 1;
	const struct bench_entry *e = registry(&n);
	const char *group = "";
	char *bigger;

	for (size_t i = 0; i < n; i++)
		room += strlen(e[i].group) + strlen(e[i].bench->name) + 8;
	bigger = realloc(text, room);
	if (!bigger)
		return text;
	text = bigger;
	for (size_t i = 0; i < n; i++) {
		if (strcmp(group, e[i].group))
			len += sprintf(text + len, "%s%s:", *group ? "\n" : "",
				       e[i].group);
		group = e[i].group;
		len += sprintf(text + len, " %s", e[i].bench->name);
	}
	return text;
}

static char *help_filter(int key, const char *text, void *input)
{
	if (key != ARGP_KEY_HELP_POST_DOC || !text)
		return (char *)text;
	return append_names(strdup(text));
}

static void defaults(struct options *o)
{
	memset(o, 0, sizeof(*o));
	o->machines = DEFAULT_MACHINES;
	if (getrandom(&o->seed, sizeof(o->seed), GRND_NONBLOCK) < 0)
		o->seed = 1;
	/* Short enough to be typed again. */
	o->seed &= 0xffffffff;
}

void options_parse(struct options *o, int argc, char **argv)
{
	char *name = argv[0], **clean;
	bool listing = !strcmp(name, "list");
	struct argp_option *list = all_options(listing);
	const struct argp argp = {
		.options = list,
		.parser = parse,
		.args_doc =
			"BACKEND [BENCHMARK...]\nlist [BACKEND] [BENCHMARK...]"
			"\nshow RESULT.json [OTHER.json]"
			"\ntrace PID|--all\n"
			"emulated-host COMMAND...",
		.doc = "Virtualization microbenchmarks: starts machines "
		       "through the scripts of BACKEND (local, qemu, kvm, or a "
		       "folder of your own), runs benchmarks in them and "
		       "between them, and prints the time of each operation: "
		       "smaller is better.\v"
		       "BENCHMARK is group/name, a name, a group, or a glob; "
		       "none means all:\n",
		.help_filter = help_filter,
	};

	defaults(o);
	argp_err_exit_status = EXIT_USAGE;
	clean = arguments_clean(argc, argv);
	if (!clean)
		argp_failure(NULL, EXIT_FAILURE, ENOMEM, "options");
	check_names(list, argc, clean);
	arguments_free(clean, argc);
	/* What --help and errors show, of "vbench list" too. */
	argv[0] = (char *)"vbench";
	arguments_parse(&argp, argc, argv, 0, o, sizeof(*o));
	argv[0] = name;
	o->rough |= o->quick;
	if (!o->budget_s)
		o->budget_s = o->quick ? QUICK_BUDGET_S :
			      o->rough ? ROUGH_BUDGET_S :
					 DEFAULT_BUDGET_S;
	if (!o->passes)
		o->passes = o->rough ? 1 : DEFAULT_PASSES;
	free(list);
}

const struct bench_entry **options_select(const struct options *o, size_t *n,
					  char *why, size_t size)
{
	const struct bench_entry **list =
		select_benchmarks(o->patterns, o->npatterns, n, why, size);

	for (size_t i = 0; list && i < o->nexclude; i++) {
		if (!select_exclude(list, n, o->exclude[i], why, size))
			continue;
		free(list);
		return NULL;
	}
	return list;
}
