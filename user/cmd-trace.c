// SPDX-License-Identifier: GPL-2.0-only
/* "vbench trace": attributes the exits of VMs that vbench did not start. */
#include <argp.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../bench/clock.h"
#include "arguments.h"
#include "commands.h"
#include "exit.h"
#include "filelimit.h"
#include "outfile.h"
#include "rescue.h"
#include "say.h"
#include "trace-check.h"
#include "trace-symbols.h"
#include "trace-view.h"
#include "trace.h"
#include "user-settings.h"
#include "wrap.h"

#define WINDOWS TRACE_WINDOWS_MAX
#define REDRAW_MS 1000
/* Besides those of BPF. */
#define FILES_OWN 32

enum { KEY_ALL = 256, KEY_RIP, KEY_JSON, KEY_TIME };

struct trace_options {
	pid_t pid;
	int pidfd; /* of that process, or -1 */
	bool all;
	bool rip;
	bool verbose;
	const char *json;
	struct outfile *out; /* of the JSON; NULL: none */
	double limit_s; /* 0: no limit */
};

struct follow {
	const struct trace_options *o;
	struct trace *t;
	struct view view;
	u64 begin, drawn;
};

static const struct argp_option options[] = {
	{ "all", KEY_ALL, NULL, 0, "attribute exits of all VMs on this host",
	  0 },
	{ "rip", KEY_RIP, NULL, 0, "show the guest's address of each exit", 0 },
	{ "time", KEY_TIME, "SECONDS", 0, "end after SECONDS", 0 },
	{ "json", KEY_JSON, "FILE", 0, "write the summary to FILE, as JSON",
	  0 },
	{ "verbose", 'v', NULL, 0, "report each step", 0 },
	{ NULL, 'h', NULL, OPTION_HIDDEN, NULL, 0 },
	{ 0 },
};

static void set_pid(struct argp_state *state, const char *arg,
		    struct trace_options *o)
{
	char *end;
	long pid = strtol(arg, &end, 10);

	if (*end || pid <= 0 || pid > INT32_MAX || o->pid)
		argp_error(state, "\"%s\": one process id, or --all", arg);
	o->pid = pid;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct trace_options *o = state->input;
	char *end;

	switch (key) {
	case KEY_ALL:
		o->all = true;
		break;
	case KEY_RIP:
		o->rip = true;
		break;
	case KEY_JSON:
		o->json = arg;
		break;
	case KEY_TIME:
		o->limit_s = strtod(arg, &end);
		if (end == arg || *end || !(o->limit_s >= 0.01) ||
		    o->limit_s > 86400 * 365)
			argp_error(state,
				   "--time=%s: want seconds, at least 0.01",
				   arg);
		break;
	case 'h':
		argp_state_help(state, stdout, ARGP_HELP_STD_HELP);
		break;
	case 'v':
		o->verbose = true;
		break;
	case ARGP_KEY_ARG:
		set_pid(state, arg, o);
		break;
	case ARGP_KEY_END:
		if (!o->pid == !o->all)
			argp_error(state, "the process id of a VM, or --all");
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

/* A process with a VM has file descriptors of these names (kvm_main.c).  1, 0, or
 * -errno where they cannot be seen. */
static int has_vm(pid_t pid)
{
	char path[320], target[64];
	struct dirent *e;
	bool found = false;
	ssize_t n;
	DIR *d;

	snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	d = opendir(path);
	if (!d)
		return -errno;
	while (!found && (e = readdir(d))) {
		snprintf(path, sizeof(path), "/proc/%d/fd/%.200s", pid,
			 e->d_name);
		n = readlink(path, target, sizeof(target) - 1);
		target[n > 0 ? n : 0] = '\0';
		found = strstr(target, "kvm-vm") != NULL;
	}
	closedir(d);
	return found;
}

/*
 * Called before the programs are loaded, because the process may end meanwhile.  A
 * thread that is not its process's first gives EINVAL, or ENOENT if the kernel has
 * PIDFD_THREAD.
 */
static bool process_open(struct trace_options *o)
{
	o->pidfd = syscall(SYS_pidfd_open, o->pid, 0);
	if (o->pidfd >= 0)
		return true;
	if (errno == ESRCH)
		say("there is no process %d", o->pid);
	else if (errno == EINVAL || errno == ENOENT)
		say("%d is a thread: name its process (Tgid in "
		    "/proc/%d/status)",
		    o->pid, o->pid);
	else
		say("process %d cannot be watched: %s", o->pid,
		    strerror(errno));
	return false;
}

static bool check_pid(pid_t pid)
{
	int ret = has_vm(pid);

	if (ret < 0)
		say("cannot see whether process %d has a VM: /proc/%d/fd: %s%s",
		    pid, pid, strerror(-ret),
		    ret == -EACCES ? " (run vbench as root)" : "");
	else if (!ret)
		say("process %d has no VM: name a VMM that uses KVM (its "
		    "/proc/%d/fd shows kvm-vm), or --all",
		    pid, pid);
	else if (!in_first_pid_namespace())
		say("in a pid namespace, process ids differ from the host's: "
		    "use --all, or run vbench outside");
	else
		return true;
	return false;
}

static double seconds(u64 from, u64 to)
{
	return (double)(to - from) / NSEC_PER_SEC;
}

/* What was seen cannot be seen again. */
static void rescue_json(const struct trace_options *o, const char *text,
			int err)
{
	char path[PATH_MAX];
	int ret = rescue_text(text, strlen(text), path, "json");

	say("--json=%s cannot be written: %s; the results are %s %s", o->json,
	    strerror(-err), ret ? "lost:" : "in", ret ? strerror(-ret) : path);
}

static bool write_json(const struct follow *f, double all)
{
	const struct trace_options *o = f->o;
	json_t *j = view_json(&f->view, all);
	char *text = j ? json_dumps(j, JSON_INDENT(1)) : NULL;
	int ret = text ? outfile_put(o->out, text, strlen(text)) : -ENOMEM;

	json_decref(j);
	if (ret && text)
		rescue_json(o, text, ret);
	else if (ret)
		say("--json=%s cannot be written: out of memory", o->json);
	free(text);
	return !ret;
}

/* Called before the run, which may be long; the old file stays until its end. */
static bool json_open(struct trace_options *o)
{
	static struct outfile out;
	const char *why;

	if (!o->json)
		return true;
	why = outfile_open(&out, o->json, "json");
	if (why)
		say("--json=%s cannot be written: %s", o->json, why);
	else
		o->out = &out;
	return !why;
}

/* The stream for the table. */
static FILE *table_stream(const struct trace_options *o)
{
	return o->out && outfile_is_fd(o->out, STDOUT_FILENO) ? stderr : stdout;
}

static int watch_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC);
}

static void put_heading(FILE *out, const struct follow *f, double all)
{
	char tier = trace_tier(f->t);
	size_t n = f->view.n;

	wrap_printf(out, 4, "%zu VM%s, %.1f s; tier %c: %s", n,
		    n == 1 ? "" : "s", all, tier, trace_tier_text(tier));
}

/* Prints no more rows than the screen has, so that it does not scroll. */
static void show(char *text)
{
	struct winsize ws = { 0 };
	unsigned int rows, n = 0;
	char *line;

	rows = ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws) || ws.ws_row < 4 ?
		       24 :
		       ws.ws_row;
	fputs("\033[H", stdout);
	/* Two rows are for the lines below. */
	while (text && *text && n++ < rows - 2) {
		line = strsep(&text, "\n");
		printf("%s\033[K\n", line);
	}
	if (text && *text)
		printf("(more than fits)\033[K\n");
	fputs("Ctrl-C ends and prints the summary.\033[K\033[J", stdout);
	fflush(stdout);
}

static void redraw(struct follow *f, u64 now)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return;
	put_heading(out, f, seconds(f->begin, now));
	if (f->view.n)
		fprintf(out, "The last %.1f s:\n", seconds(f->drawn, now));
	else
		fputs("No VM has entered its guest yet.\n", out);
	view_print_interval(out, &f->view, seconds(f->drawn, now));
	fclose(out);
	show(text);
	free(text);
	f->drawn = now;
}

/* Uses the alternate screen, so that the summary follows the shell's output. */
static void screen(bool on)
{
	fputs(on ? "\033[?1049h\033[?25l" : "\033[?25h\033[?1049l", stdout);
	fflush(stdout);
}

/* Follows the VMs until a signal, the limit or the process's end: 0 or -ENOMEM. */
static int follow(struct follow *f)
{
	const struct trace_options *o = f->o;
	struct pollfd p[2] = {
		{ .fd = watch_signals(), .events = POLLIN },
		{ .fd = o->pidfd, .events = POLLIN },
	};
	u64 end = o->limit_s > 0 ? f->begin + o->limit_s * 1e9 : UINT64_MAX;
	bool tty = table_stream(o) == stdout && isatty(STDOUT_FILENO);
	u64 now = clock_ns(), ms;
	int ret = 0;

	if (tty)
		screen(true);
	while (now < end && !ret) {
		ms = (end - now) / 1000000 + 1;
		if (poll(p, 2, ms < REDRAW_MS ? (int)ms : REDRAW_MS) > 0)
			break;
		now = clock_ns();
		/* This frees places, so it is needed without a terminal, too. */
		ret = view_take(&f->view, f->t, WINDOWS);
		if (tty && now < end && !ret)
			redraw(f, now);
	}
	if (tty)
		screen(false);
	close(p[0].fd);
	return ret;
}

static int sum_up(struct follow *f, double all)
{
	struct view *v = &f->view;

	for (size_t i = 0; i < v->n; i++)
		symbols_fill(NULL, &v->vms[i].x);
	put_heading(table_stream(f->o), f, all);
	view_print(table_stream(f->o), v, all);
	fflush(stdout);
	if (f->o->json && !write_json(f, all))
		return EXIT_FAILED;
	if (v->n)
		return EXIT_OK;
	say("no VM entered its guest in this time%s",
	    v->losses.full ? ": too many vCPUs" : "");
	return EXIT_NOTHING;
}

static int attribute(struct follow *f)
{
	char why[1024];
	u64 end;
	int ret;

	if (trace_attach(f->t, why, sizeof(why))) {
		say("%s", why);
		return EXIT_NOTHING;
	}
	f->begin = f->drawn = clock_ns();
	ret = follow(f);
	end = clock_ns();
	trace_detach(f->t);
	if (!ret)
		ret = view_take(&f->view, f->t, WINDOWS);
	if (ret) {
		say("out of memory");
		return EXIT_FAILED;
	}
	return sum_up(f, seconds(f->begin, end));
}

static int run(const struct trace_options *o)
{
	struct trace_spec spec = {
		.rip = o->rip,
		.no_markers = true,
		.tgid = o->pid,
		.windows = WINDOWS,
	};
	struct follow f = { .o = o };
	char why[1024];
	int ret;

	if (trace_open(&f.t, &spec, why, sizeof(why))) {
		say("%s", why);
		return EXIT_NOTHING;
	}
	ret = attribute(&f);
	view_free(&f.view);
	trace_close(f.t);
	return ret;
}

int cmd_trace(int argc, char **argv)
{
	const struct argp argp = {
		.options = options,
		.parser = parse,
		.args_doc = "PID\n--all",
		.doc = "Attributes the exits of running VMs: by reason and "
		       "detail, how many went to the VMM in user space, and "
		       "where the vCPUs' time went. On a terminal the table "
		       "covers the last second and is redrawn each second; the "
		       "summary covers the whole time.",
	};
	struct trace_options o = { .pidfd = -1 };
	int ret;

	argv[0] = (char *)"vbench trace";
	argp_err_exit_status = EXIT_USAGE;
	arguments_parse(&argp, argc, argv, 0, &o, sizeof(o));
	say_set_verbose(o.verbose);
	if (user_settings_apply() ||
	    filelimit_raise(FILES_OWN + FILELIMIT_TRACE,
			    FILES_OWN + FILELIMIT_TRACE, "a trace needs", ""))
		return EXIT_NOTHING;
	if (o.pid && (!process_open(&o) || !check_pid(o.pid)))
		return EXIT_USAGE;
	if (!json_open(&o))
		return EXIT_USAGE;
	ret = run(&o);
	if (o.out && !outfile_settle(o.out) && !ret)
		ret = EXIT_FAILED;
	if (o.pidfd >= 0)
		close(o.pidfd);
	return ret;
}
