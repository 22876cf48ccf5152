// SPDX-License-Identifier: GPL-2.0-only
/* "vbench trace": the exits of VMs that are none of ours, until told to end. */
#include <argp.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../bench/clock.h"
#include "commands.h"
#include "exit.h"
#include "report-exits.h"
#include "result.h"
#include "say.h"
#include "trace-symbols.h"
#include "trace.h"

#define WINDOWS 1024
#define REDRAW_MS 1000

enum { KEY_ALL = 256, KEY_RIP, KEY_JSON, KEY_TIME };

struct trace_options {
	pid_t pid;
	bool all;
	bool rip;
	bool verbose;
	const char *json;
	int json_fd; /* -1: none */
	double limit_s; /* 0: until told to end */
};

/* What was seen of one VM. */
struct vm {
	u64 vm;
	u32 tgid;
	u32 vcpus;
	char name[20];
	struct exits x;
};

struct view {
	struct vm *vms;
	size_t n;
	double seconds;
	struct trace_losses losses;
};

static const struct argp_option options[] = {
	{ "all", KEY_ALL, NULL, 0, "of all VMs of this host", 0 },
	{ "rip", KEY_RIP, NULL, 0, "where in the guest exits come from", 0 },
	{ "time", KEY_TIME, "SECONDS", 0, "end after that long", 0 },
	{ "json", KEY_JSON, "FILE", 0, "write the summary to FILE, as JSON",
	  0 },
	{ "verbose", 'v', NULL, 0, "say what is being done", 0 },
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
			argp_error(state, "--time=%s: seconds, from 0.01", arg);
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

/* KVM's file descriptors tell a process that has a VM (kvm_main.c). */
static bool has_vm(pid_t pid)
{
	char path[320], target[64];
	struct dirent *e;
	bool found = false;
	ssize_t n;
	DIR *d;

	snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	d = opendir(path);
	while (d && !found && (e = readdir(d))) {
		snprintf(path, sizeof(path), "/proc/%d/fd/%.200s", pid,
			 e->d_name);
		n = readlink(path, target, sizeof(target) - 1);
		target[n > 0 ? n : 0] = '\0';
		found = strstr(target, "kvm-vm") != NULL;
	}
	if (d)
		closedir(d);
	return found;
}

/* BPF programs see the pids of the first pid namespace, which has this number
 * in every kernel (include/linux/proc_ns.h, PROC_PID_INIT_INO). */
static bool in_first_pid_namespace(void)
{
	char target[32] = "";

	if (readlink("/proc/self/ns/pid", target, sizeof(target) - 1) < 0)
		return true;
	return !strcmp(target, "pid:[4026531836]");
}

static bool check_pid(pid_t pid)
{
	if (kill(pid, 0) && errno == ESRCH)
		say("there is no process %d", pid);
	else if (!has_vm(pid))
		say("process %d has no VM: name a VMM that uses KVM (its "
		    "/proc/%d/fd shows kvm-vm), or --all",
		    pid, pid);
	else if (!in_first_pid_namespace())
		say("in a pid namespace process ids are not the kernel's: "
		    "use --all, or run it outside");
	else
		return true;
	return false;
}

static struct vm *vm_of(struct view *v, const struct trace_window *w)
{
	struct vm *vms, *vm;

	for (size_t i = 0; i < v->n; i++)
		if (v->vms[i].vm == w->vm)
			return &v->vms[i];
	vms = reallocarray(v->vms, v->n + 1, sizeof(*vms));
	if (!vms)
		return NULL;
	v->vms = vms;
	vm = &vms[v->n++];
	*vm = (struct vm){ .vm = w->vm, .tgid = w->tgid };
	snprintf(vm->name, sizeof(vm->name), "%.16s", w->comm);
	text_clean(vm->name);
	return vm;
}

static void view_free(struct view *v)
{
	for (size_t i = 0; i < v->n; i++)
		exits_free(&v->vms[i].x);
	free(v->vms);
}

static int by_exits(const void *a, const void *b)
{
	const struct vm *p = a, *q = b;

	return (p->x.count < q->x.count) - (p->x.count > q->x.count);
}

static int view_take(struct view *v, struct trace *t, u64 begin)
{
	u32 n = trace_windows(t);
	struct trace_window w;
	struct trace_rips r = { 0 };
	struct vm *vm;
	int ret = 0;

	*v = (struct view){ .losses = trace_losses(t) };
	v->seconds = (double)(clock_ns() - begin) / NSEC_PER_SEC;
	for (u32 id = 1; id <= n && !ret; id++) {
		trace_peek(t, id, &w, &r);
		if (!w.vm)
			continue;
		vm = vm_of(v, &w);
		ret = vm ? exits_add(&vm->x, &w, false) : -ENOMEM;
		if (!ret)
			ret = exits_add_rips(&vm->x, &r, 0, false);
		if (vm)
			vm->vcpus++;
	}
	for (size_t i = 0; i < v->n; i++) {
		v->vms[i].x.tier = trace_tier(t);
		exits_finish(&v->vms[i].x, 0);
		names_fill(trace_names(t), &v->vms[i].x);
	}
	if (v->n)
		qsort(v->vms, v->n, sizeof(*v->vms), by_exits);
	return ret;
}

static void view_print(const struct view *v, const struct trace *t)
{
	struct exits_table *table = exits_table_new(stdout, v->seconds);
	char name[128];

	printf("%zu VM%s, %.1f s; tier %c: %s\n", v->n, v->n == 1 ? "" : "s",
	       v->seconds, trace_tier(t), trace_tier_text(trace_tier(t)));
	for (size_t i = 0; i < v->n && table; i++) {
		snprintf(name, sizeof(name), "%s %u, %u vCPU%s", v->vms[i].name,
			 v->vms[i].tgid, v->vms[i].vcpus,
			 v->vms[i].vcpus == 1 ? "" : "s");
		exits_table_add(table, name, &v->vms[i].x);
	}
	if (v->n && table)
		exits_table_print(table);
	if (v->losses.missed || v->losses.full)
		printf("lost: %llu events, %llu vCPU threads without a place\n",
		       (unsigned long long)v->losses.missed,
		       (unsigned long long)v->losses.full);
	fflush(stdout);
	exits_table_free(table);
}

static bool view_write(const struct view *v, const struct trace_options *o)
{
	json_t *vms = json_array(), *j;
	int ret;

	for (size_t i = 0; i < v->n; i++)
		json_array_append_new(vms, json_pack("{ss si si so}", "name",
						     v->vms[i].name, "pid",
						     v->vms[i].tgid, "vcpus",
						     v->vms[i].vcpus, "exits",
						     exits_json(&v->vms[i].x)));
	j = json_pack("{ss sf sI sI so}", "schema", "vbench-trace/1", "seconds",
		      v->seconds, "missed", (json_int_t)v->losses.missed,
		      "full", (json_int_t)v->losses.full, "vms", vms);
	/* EINVAL: a pipe has no end to be cut. */
	ret = ftruncate(o->json_fd, 0) && errno != EINVAL ? -1 : 0;
	if (!ret)
		ret = j ? json_dumpfd(j, o->json_fd, JSON_INDENT(1)) : -1;
	json_decref(j);
	if (ret)
		say("--json=%s cannot be written: %s", o->json,
		    strerror(errno));
	return !ret;
}

/* Before the run, which may be long; what is there stays until it has ended. */
static bool json_open(struct trace_options *o)
{
	o->json_fd = -1;
	if (!o->json)
		return true;
	o->json_fd = open(o->json, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
	if (o->json_fd < 0)
		say("--json=%s cannot be written: %s", o->json,
		    strerror(errno));
	return o->json_fd >= 0;
}

static void json_close(const struct trace_options *o)
{
	struct stat st;

	if (o->json_fd < 0)
		return;
	/* Nothing was to be told: no empty file either. */
	if (!fstat(o->json_fd, &st) && S_ISREG(st.st_mode) && !st.st_size)
		unlink(o->json);
	close(o->json_fd);
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

static void redraw(struct trace *t, u64 begin)
{
	struct view v;

	fputs("\033[H\033[J", stdout);
	if (!view_take(&v, t, begin))
		view_print(&v, t);
	puts("Ctrl-C ends and sums up.");
	fflush(stdout);
	view_free(&v);
}

/* Until a signal, the time, or the end of the one process. */
static void follow(const struct trace_options *o, struct trace *t, u64 begin)
{
	struct pollfd p[2] = {
		{ .fd = watch_signals(), .events = POLLIN },
		{ .fd = -1, .events = POLLIN },
	};
	u64 end = o->limit_s > 0 ? begin + o->limit_s * 1e9 : UINT64_MAX;
	u64 now = clock_ns();
	bool tty = isatty(STDOUT_FILENO);
	u64 ms;

	if (o->pid)
		p[1].fd = syscall(SYS_pidfd_open, o->pid, 0);
	while (now < end) {
		ms = (end - now) / 1000000 + 1;
		if (poll(p, 2, ms < REDRAW_MS ? (int)ms : REDRAW_MS) > 0)
			break;
		now = clock_ns();
		if (tty && now < end)
			redraw(t, begin);
	}
	close(p[0].fd);
	if (p[1].fd >= 0)
		close(p[1].fd);
}

static int sum_up(const struct trace_options *o, struct trace *t, u64 begin)
{
	struct view v;
	int ret = EXIT_OK;

	if (view_take(&v, t, begin)) {
		say("out of memory");
		ret = EXIT_FAILED;
	}
	for (size_t i = 0; i < v.n; i++)
		symbols_fill(NULL, &v.vms[i].x);
	view_print(&v, t);
	if (!v.n) {
		say("no VM entered its guest in this time%s",
		    v.losses.full ? ": too many vCPUs" : "");
		ret = EXIT_NOTHING;
	}
	if (o->json && !view_write(&v, o))
		ret = EXIT_FAILED;
	view_free(&v);
	return ret;
}

static int run(const struct trace_options *o)
{
	struct trace_spec spec = {
		.rip = o->rip,
		.no_markers = true,
		.tgid = o->pid,
		.windows = WINDOWS,
	};
	char why[1024];
	struct trace *t;
	int ret = EXIT_NOTHING;
	u64 begin;

	if (trace_open(&t, &spec, why, sizeof(why))) {
		say("%s", why);
		return EXIT_NOTHING;
	}
	begin = clock_ns();
	if (trace_attach(t, why, sizeof(why))) {
		say("%s", why);
	} else {
		follow(o, t, begin);
		trace_detach(t);
		ret = sum_up(o, t, begin);
	}
	trace_close(t);
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
		       "where the vCPUs' time went. On a terminal the table is "
		       "redrawn each second.",
	};
	struct trace_options o = { 0 };
	int ret;

	argv[0] = (char *)"vbench trace";
	argp_err_exit_status = EXIT_USAGE;
	argp_parse(&argp, argc, argv, 0, NULL, &o);
	say_set_verbose(o.verbose);
	if (o.pid && !check_pid(o.pid))
		return EXIT_USAGE;
	if (!json_open(&o))
		return EXIT_USAGE;
	ret = run(&o);
	json_close(&o);
	return ret;
}
