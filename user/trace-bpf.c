// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/membarrier.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "say.h"
#include "trace-check.h"
#include "trace-memory.h"
#include "trace-offer.h"
#include "trace.h"

/* Generated; it wants the types above. */
#include "exits.skel.h"

#define LINKS_MAX 24
#define WINDOWS_MIN 64
/* The best tier to try, for tests: "A" to "D". */
#define ENV_TIER "VBENCH_TRACE_TIER"

struct trace {
	struct trace_spec spec;
	struct exits_bpf *skel;
	struct bpf_link *links[LINKS_MAX];
	size_t nlinks;
	struct trace_memory m;
	size_t windows_size, rips_size;
	void *rips; /* mapped, counted in or not */
	struct trace_names names;
	struct trace_offer offer;
	char tier;
	u64 stopped; /* when it was detached; 0 attached */
};

static char first_words[256];

/* Keeps what libbpf says first of a load: what follows is that it failed. */
static int on_libbpf(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	char line[sizeof(first_words)];

	if (level == LIBBPF_DEBUG)
		return 0;
	vsnprintf(line, sizeof(line), fmt, ap);
	line[strcspn(line, "\n")] = '\0';
	if (line[0] && !first_words[0])
		memcpy(first_words, line, sizeof(line));
	say_detail("%s", line);
	return 0;
}

static u32 offset_of(const char *format, const char *field)
{
	const char *at = format ? strstr(format, field) : NULL;
	const char *offset = at ? strstr(at, "offset:") : NULL;

	return offset ? strtoul(offset + strlen("offset:"), NULL, 10) : 0;
}

/* Where the fields are in kvm_exit's record: x86's names, arm64's names. */
static void set_record(struct exits_bpf *skel, const char *format)
{
	u32 reason = offset_of(format, " exit_reason;");

	skel->rodata->at_isa = offset_of(format, " isa;");
	skel->rodata->at_reason = reason ? reason :
					   offset_of(format, " esr_ec;");
	skel->rodata->at_ret = offset_of(format, " ret;");
	skel->rodata->at_rip = reason ? offset_of(format, " guest_rip;") :
					offset_of(format, " vcpu_pc;");
	skel->rodata->classic_isa = TRACE_ISA_ARM64;
}

/* Its number, as BPF programs see it; 0 for the first, where all are. */
static u32 own_pid_namespace(void)
{
	struct stat st;

	if (in_first_pid_namespace() || stat("/proc/self/ns/pid", &st))
		return 0;
	return st.st_ino;
}

static void set_constants(struct trace *t, const char *format)
{
	struct exits_bpf *skel = t->skel;
	struct utsname kernel;

	skel->rodata->nwindows = t->spec.windows;
	skel->rodata->target_tgid = t->spec.tgid;
	skel->rodata->pid_namespace = own_pid_namespace();
	skel->rodata->no_markers = t->spec.no_markers;
	skel->rodata->want_rip = t->spec.rip && t->tier < 'D';
	skel->rodata->know_vcpu = t->offer.vcpu && t->tier < 'D';
	skel->rodata->soft = t->tier == 'D';
	skel->rodata->preemptible =
		uname(&kernel) || trace_is_preemptible(kernel.release);
	set_record(skel, format);
}

static void choose_programs(struct trace *t)
{
	struct exits_bpf *skel = t->skel;
	bool fentry = t->offer.ioctl_run && t->tier != 'B';

	bpf_program__set_autoload(skel->progs.vcpu_run, fentry);
	bpf_program__set_autoload(skel->progs.vm_ends,
				  fentry && t->offer.destroy_vm &&
					  t->spec.no_markers);
	bpf_program__set_autoload(skel->progs.kvm_exit,
				  t->tier < 'C' && !t->offer.exit_has_reason);
	bpf_program__set_autoload(skel->progs.kvm_exit_reason,
				  t->tier < 'C' && t->offer.exit_has_reason);
	bpf_program__set_autoload(skel->progs.kvm_exit_record, t->tier == 'C');
	bpf_program__set_autoload(skel->progs.kvm_entry, t->tier < 'D');
	bpf_program__set_autoload(skel->progs.kvm_fast_mmio,
				  t->offer.fast_mmio);
	bpf_program__set_autoload(skel->progs.kvm_nested_vmexit,
				  t->tier < 'D' && t->offer.nested);
}

static int load(struct trace *t, const char *format)
{
	int ret;

	first_words[0] = '\0';
	t->skel = exits_bpf__open();
	if (!t->skel)
		return -errno;
	set_constants(t, format);
	choose_programs(t);
	bpf_map__set_max_entries(t->skel->maps.windows, t->spec.windows);
	bpf_map__set_max_entries(t->skel->maps.rips,
				 t->spec.rip ? t->spec.windows : 1);
	ret = exits_bpf__load(t->skel);
	if (!ret)
		return 0;
	exits_bpf__destroy(t->skel);
	t->skel = NULL;
	return ret;
}

/* Some kernels refuse fentry, or a module's BTF: then the next tier. */
static int load_best(struct trace *t, const char *format)
{
	int ret = load(t, format);

	if (ret && t->offer.ioctl_run) {
		say_detail("without fentry: %s", first_words);
		t->offer.ioctl_run = false;
		if (t->tier == 'A')
			t->tier = 'B';
		ret = load(t, format);
	}
	if (ret && t->tier == 'B' && format) {
		say_detail("without the vCPU's structures: %s", first_words);
		t->tier = 'C';
		ret = load(t, format);
	}
	return ret;
}

static void *map_array(const struct bpf_map *map, size_t *size)
{
	long page = sysconf(_SC_PAGESIZE);
	void *p;

	/* Values lie 8 bytes aligned, one after another (bpf(2), mmap). */
	*size = (size_t)bpf_map__value_size(map) * bpf_map__max_entries(map);
	*size = (*size + page - 1) / page * page;
	p = mmap(NULL, *size, PROT_READ | PROT_WRITE, MAP_SHARED,
		 bpf_map__fd(map), 0);
	return p == MAP_FAILED ? NULL : p;
}

static int map_memory(struct trace *t)
{
	struct trace_memory *m = &t->m;

	m->n = t->spec.windows;
	m->tids = t->skel->bss->tids;
	m->vcpus = t->skel->bss->vcpus;
	m->full = &t->skel->bss->windows_full;
	m->windows = map_array(t->skel->maps.windows, &t->windows_size);
	t->rips = map_array(t->skel->maps.rips, &t->rips_size);
	if (t->spec.rip)
		m->rips = t->rips;
	return m->windows && t->rips ? 0 : -errno;
}

/* The oldest kernel has the atomic operations of BPF that return a value. */
#define LEAST_KERNEL "5.12"

static int explain_load(int ret, char *why, size_t size)
{
	if (ret == -ENOSYS)
		snprintf(why, size,
			 "the host's kernel has no BPF: it needs "
			 "CONFIG_BPF_SYSCALL and CONFIG_BPF_EVENTS");
	else if (ret == -EPERM || ret == -EACCES)
		snprintf(why, size,
			 "the host's kernel refuses the BPF programs (%s): "
			 "root without capabilities, or locked down? (%s)",
			 strerror(-ret), first_words);
	else
		snprintf(why, size,
			 "the host's kernel does not take the BPF programs: "
			 "%s (%s); they need Linux " LEAST_KERNEL " or later",
			 strerror(-ret), first_words);
	return ret;
}

/* Fewer vCPUs at a time where memory is short. */
static int load_what_fits(struct trace *t, const char *format)
{
	int ret = load_best(t, format);

	while (ret == -ENOMEM && t->spec.windows > WINDOWS_MIN) {
		t->spec.windows /= 2;
		ret = load_best(t, format);
		if (!ret)
			say("memory for the exits of %u vCPUs at a time only",
			    t->spec.windows);
	}
	return ret;
}

/*
 * Whether places in the guest can be told: where KVM keeps RIP is known, or else
 * the record of kvm_exit has it.
 */
static bool find_rip(struct trace *t, const char *format)
{
	if (!t->spec.rip || t->offer.soft)
		return true;
	if (t->offer.rip && t->offer.exit_args)
		return true;
	t->offer.exit_args = false;
	return offset_of(format, " guest_rip;") ||
	       offset_of(format, " vcpu_pc;");
}

static int look_and_load(struct trace *t, char *why, size_t size)
{
	char *format = trace_format("kvm_exit");
	const char *asked = getenv(ENV_TIER);
	int ret;

	trace_look(&t->offer);
	t->offer.record = format != NULL;
	if (!find_rip(t, format)) {
		snprintf(why, size,
			 "the host's KVM does not say where in the guest exits "
			 "come from: --trace does without");
		free(format);
		return -ENOENT;
	}
	t->tier = trace_best_tier(&t->offer, asked ? *asked : 0, why, size);
	if (!t->tier) {
		free(format);
		return -ENOENT;
	}
	if (format)
		names_parse(&t->names, format);
	if (t->spec.rip && t->tier == 'D')
		say("where in the guest exits come from cannot be seen: this "
		    "KVM emulates its guests");
	ret = load_what_fits(t, format);
	free(format);
	if (!ret)
		ret = map_memory(t);
	return ret ? explain_load(ret, why, size) : 0;
}

int trace_open(struct trace **out, const struct trace_spec *spec, char *why,
	       size_t size)
{
	struct trace *t;
	int ret = trace_check(why, size);

	*out = NULL;
	if (ret)
		return ret;
	t = calloc(1, sizeof(*t));
	if (!t) {
		snprintf(why, size, "out of memory");
		return -ENOMEM;
	}
	libbpf_set_print(on_libbpf);
	t->spec = *spec;
	ret = look_and_load(t, why, size);
	if (ret)
		trace_close(t);
	else
		*out = t;
	return ret;
}

void trace_close(struct trace *t)
{
	if (!t)
		return;
	trace_detach(t);
	if (t->m.windows)
		munmap(t->m.windows, t->windows_size);
	if (t->rips)
		munmap(t->rips, t->rips_size);
	exits_bpf__destroy(t->skel);
	names_free(&t->names);
	free(t);
}

/* Without it, that detail is not told. */
static bool optional(const struct trace *t, const struct bpf_program *p)
{
	return p == t->skel->progs.kvm_fast_mmio ||
	       p == t->skel->progs.kvm_mmio || p == t->skel->progs.kvm_pio ||
	       p == t->skel->progs.kvm_msr ||
	       p == t->skel->progs.kvm_nested_vmexit ||
	       p == t->skel->progs.kvm_hypercall ||
	       (p == t->skel->progs.kvm_cpuid && t->spec.no_markers);
}

/* Time then ends elsewhere, or a VM is told from another by its process. */
static bool is_fentry(const struct trace *t, const struct bpf_program *p)
{
	return p == t->skel->progs.vcpu_run || p == t->skel->progs.vm_ends;
}

static int attach(struct trace *t, struct bpf_program *p, char *why,
		  size_t size)
{
	struct bpf_link *link = bpf_program__attach(p);
	int ret = link ? 0 : -errno;

	if (link)
		t->links[t->nlinks++] = link;
	else if (p == t->skel->progs.vcpu_run && t->tier == 'A')
		t->tier = 'B';
	if (link || optional(t, p) || is_fentry(t, p))
		return 0;
	snprintf(why, size, "the tracepoint of %s cannot be used: %s%s",
		 bpf_program__name(p), strerror(-ret),
		 trace_check_admin() ? "" : " (CAP_SYS_ADMIN is missing)");
	return ret;
}

static void forget_threads(struct trace *t)
{
	struct exits_bpf__bss *bss = t->skel->bss;
	int places = bpf_map__fd(t->skel->maps.places);
	u32 tid;

	while (!bpf_map_get_next_key(places, NULL, &tid) &&
	       !bpf_map_delete_elem(places, &tid))
		;
	memset(bss->tids, 0, sizeof(bss->tids));
	bss->places_full = 0;
}

int trace_attach(struct trace *t, char *why, size_t size)
{
	struct exits_bpf__bss *bss = t->skel->bss;
	struct bpf_program *p;
	int ret = 0;

	/* Threads that ended meanwhile were not seen to. */
	forget_threads(t);
	bpf_object__for_each_program(p, t->skel->obj)
	{
		if (!ret && bpf_program__autoload(p) && t->nlinks < LINKS_MAX)
			ret = attach(t, p, why, size);
	}
	if (ret) {
		trace_detach(t);
		return ret;
	}
	t->stopped = 0;
	__atomic_store_n(&bss->running, 1, __ATOMIC_RELEASE);
	return 0;
}

/* What bpf_ktime_get_ns() says. */
static u64 kernel_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (u64)ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

/* The kernel is done with a link while its program may still be under way.  They
 * all run in what an RCU grace period waits for, and that is one; kernels whose
 * CPUs can be without a tick (nohz_full) refuse it. */
static void wait_for_programs(void)
{
	if (syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0))
		usleep(10000);
}

void trace_detach(struct trace *t)
{
	if (!t->nlinks)
		return;
	__atomic_store_n(&t->skel->bss->running, 0, __ATOMIC_RELEASE);
	t->stopped = kernel_ns();
	while (t->nlinks)
		bpf_link__destroy(t->links[--t->nlinks]);
	wait_for_programs();
}

struct trace_mark trace_arm(struct trace *t)
{
	struct trace_mark m = { 0 };

	while (!m.nonce)
		if (getrandom(&m.nonce, sizeof(m.nonce), 0) < 0)
			return (struct trace_mark){ 0 };
	m.window = memory_arm(&t->m, m.nonce);
	return m;
}

void trace_take(struct trace *t, struct trace_mark m, struct trace_window *w,
		struct trace_rips *r)
{
	memory_take(&t->m, m.window, w, r);
}

bool trace_peek(struct trace *t, u32 at, struct trace_window *w,
		struct trace_rips *r)
{
	return at < t->m.n &&
	       memory_peek(&t->m, at, t->stopped ? t->stopped : kernel_ns(), w,
			   r);
}

bool trace_reap(struct trace *t, u32 at, struct trace_window *w,
		struct trace_rips *r)
{
	return at < t->m.n && memory_reap(&t->m, at, w, r);
}

char trace_tier(const struct trace *t)
{
	return t->tier;
}

const struct trace_names *trace_names(const struct trace *t)
{
	return &t->names;
}

bool trace_has_stat(const struct trace *t)
{
	return t->offer.vcpu && t->offer.stat && t->tier < 'D' &&
	       !t->spec.no_markers;
}

static void fill_missed(const struct trace *t, struct trace_losses *l)
{
	struct bpf_prog_info info;
	struct bpf_program *p;
	u32 len;

	bpf_object__for_each_program(p, t->skel->obj)
	{
		len = sizeof(info);
		memset(&info, 0, sizeof(info));
		if (bpf_program__fd(p) < 0 ||
		    bpf_obj_get_info_by_fd(bpf_program__fd(p), &info, &len))
			continue;
		if (trace_counts_exits(bpf_program__name(p)))
			l->missed += info.recursion_misses;
		else
			l->missed_others += info.recursion_misses;
	}
}

struct trace_losses trace_losses(const struct trace *t)
{
	const struct exits_bpf__bss *bss = t->skel->bss;
	struct trace_losses l = {
		.stray = bss->stray_markers,
		.foreign_markers = bss->foreign_markers,
		.full = bss->table_full,
		.unseen = bss->unseen_vcpus,
		.backwards = bss->backwards,
	};

	for (size_t i = 0; i < sizeof(bss->foreign) / sizeof(bss->foreign[0]);
	     i++)
		l.foreign += bss->foreign[i].exits;
	fill_missed(t, &l);
	return l;
}
