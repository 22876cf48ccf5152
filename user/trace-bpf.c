// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "say.h"
#include "trace-check.h"
#include "trace.h"

/* Generated; it wants the types above. */
#include "exits.skel.h"

#define LINKS_MAX 24
/* The best tier to try, for tests: "A" to "D". */
#define ENV_TIER "VBENCH_TRACE_TIER"

/* What this kernel's KVM offers; from BTF, never from a version. */
struct offer {
	bool vcpu; /* kvm_entry's argument is a struct kvm_vcpu * */
	bool exit_args; /* kvm_exit's arguments are known ... */
	bool exit_has_reason; /* ... and the reason is one */
	bool svm; /* the reason can be read from struct vcpu_svm */
	bool ioctl_run; /* fentry on kvm_arch_vcpu_ioctl_run */
	bool stat;
	bool fast_mmio;
	bool any_tracepoint;
	bool soft; /* no hardware virtualization is in use */
};

struct trace {
	struct trace_spec spec;
	struct exits_bpf *skel;
	struct bpf_link *links[LINKS_MAX];
	size_t nlinks;
	struct trace_window *windows;
	struct trace_rips *rips;
	size_t windows_size, rips_size;
	struct trace_names names;
	struct offer offer;
	char tier;
	u32 next; /* window id to try */
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

static const struct btf_type *arguments(const struct btf *btf,
					const char *tracepoint)
{
	char name[64];
	const struct btf_type *t;
	int id;

	snprintf(name, sizeof(name), "btf_trace_%s", tracepoint);
	id = btf__find_by_name_kind(btf, name, BTF_KIND_TYPEDEF);
	if (id < 0)
		return NULL;
	t = btf__type_by_id(btf, id);
	t = btf__type_by_id(btf, t->type);
	if (!btf_is_ptr(t))
		return NULL;
	t = btf__type_by_id(btf, t->type);
	return btf_is_func_proto(t) ? t : NULL;
}

/* The first argument of each is the tracepoint's own. */
static bool is_pointer(const struct btf *btf, const struct btf_type *args,
		       u32 n)
{
	if (!args || btf_vlen(args) < n + 2u)
		return false;
	return btf_is_ptr(btf__type_by_id(btf, btf_params(args)[n + 1].type));
}

static void look_at_kvm(struct offer *o, const struct btf *btf)
{
	const struct btf_type *exit = arguments(btf, "kvm_exit");

	o->any_tracepoint |= exit != NULL;
	o->vcpu |= is_pointer(btf, arguments(btf, "kvm_entry"), 0);
	o->fast_mmio |= arguments(btf, "kvm_fast_mmio") != NULL;
	o->ioctl_run |= btf__find_by_name_kind(btf, "kvm_arch_vcpu_ioctl_run",
					       BTF_KIND_FUNC) > 0;
	/* (vcpu, isa) since 5.16, (reason, vcpu, isa) before; backported. */
	if (exit && btf_vlen(exit) == 3 && is_pointer(btf, exit, 0)) {
		o->exit_args = true;
	} else if (exit && btf_vlen(exit) == 4 && is_pointer(btf, exit, 1)) {
		o->exit_args = true;
		o->exit_has_reason = true;
	}
}

static bool has_struct(const struct btf *btf, const char *name)
{
	return btf && btf__find_by_name_kind(btf, name, BTF_KIND_STRUCT) > 0;
}

static bool module_loaded(const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "/sys/module/%s", name);
	return !access(path, F_OK);
}

/* Whether /proc/cpuinfo's flags have @flag. */
static bool cpu_has(const char *flag)
{
	FILE *f = fopen("/proc/cpuinfo", "re");
	char line[8192], word[32];
	bool found = false;

	snprintf(word, sizeof(word), " %s ", flag);
	while (f && !found && fgets(line, sizeof(line), f)) {
		if (strncmp(line, "flags", 5))
			continue;
		line[strcspn(line, "\n")] = ' ';
		found = strstr(line, word) != NULL;
	}
	if (f)
		fclose(f);
	return found;
}

/* Arm's KVM is no module, and knows no other way. */
static bool kvm_emulates(void)
{
#if defined(__x86_64__) || defined(__i386__)
	return !(cpu_has("svm") && module_loaded("kvm_amd")) &&
	       !(cpu_has("vmx") && module_loaded("kvm_intel"));
#else
	return false;
#endif
}

/* A missing module BTF is no error here: the next tier does without. */
static void look(struct offer *o)
{
	struct btf *base = btf__load_vmlinux_btf();
	struct btf *kvm, *amd;

	*o = (struct offer){ 0 };
	if (!base)
		return;
	kvm = btf__load_module_btf("kvm", base);
	amd = btf__load_module_btf("kvm_amd", base);
	look_at_kvm(o, base);
	if (kvm)
		look_at_kvm(o, kvm);
	/* A kernel may hold both vendors' code; one CPU runs one of them. */
	o->svm = cpu_has("svm") && module_loaded("kvm_amd") &&
		 (has_struct(base, "vcpu_svm") || has_struct(amd, "vcpu_svm"));
	o->stat = has_struct(base, "kvm_vcpu") || has_struct(kvm, "kvm_vcpu");
	o->soft = kvm_emulates();
	btf__free(amd);
	btf__free(kvm);
	btf__free(base);
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
	skel->rodata->at_rip = reason ? offset_of(format, " guest_rip;") :
					offset_of(format, " vcpu_pc;");
	skel->rodata->classic_isa = TRACE_ISA_ARM64;
}

static char best_tier(const struct offer *o, const char *format)
{
	const char *asked = getenv(ENV_TIER);
	char best = 'C';

	if (o->soft)
		best = 'D';
	else if (o->exit_args && o->vcpu && o->svm)
		best = o->ioctl_run ? 'A' : 'B';
	else if (!format)
		best = 'D';
	return asked && *asked > best && *asked <= 'D' ? *asked : best;
}

static void set_constants(struct trace *t, const char *format)
{
	struct exits_bpf *skel = t->skel;

	skel->rodata->nwindows = t->spec.windows;
	skel->rodata->target_tgid = t->spec.tgid;
	skel->rodata->no_markers = t->spec.no_markers;
	skel->rodata->want_rip = t->spec.rip;
	skel->rodata->know_vcpu = t->offer.vcpu && t->tier < 'D';
	skel->rodata->soft = t->tier == 'D';
	set_record(skel, format);
}

static void choose_programs(struct trace *t)
{
	struct exits_bpf *skel = t->skel;
	bool fentry = t->offer.ioctl_run && t->tier != 'B';

	bpf_program__set_autoload(skel->progs.vcpu_run, fentry);
	bpf_program__set_autoload(skel->progs.kvm_exit,
				  t->tier < 'C' && !t->offer.exit_has_reason);
	bpf_program__set_autoload(skel->progs.kvm_exit_reason,
				  t->tier < 'C' && t->offer.exit_has_reason);
	bpf_program__set_autoload(skel->progs.kvm_exit_record, t->tier == 'C');
	bpf_program__set_autoload(skel->progs.kvm_entry, t->tier < 'D');
	bpf_program__set_autoload(skel->progs.kvm_fast_mmio,
				  t->offer.fast_mmio);
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
	t->windows = map_array(t->skel->maps.windows, &t->windows_size);
	t->rips = map_array(t->skel->maps.rips, &t->rips_size);
	return t->windows && t->rips ? 0 : -errno;
}

static int explain_load(int ret, char *why, size_t size)
{
	if (ret == -EPERM || ret == -EACCES)
		snprintf(why, size,
			 "the host's kernel refuses the BPF programs (%s): "
			 "root without capabilities, or locked down? (%s)",
			 strerror(-ret), first_words);
	else
		snprintf(why, size,
			 "the host's kernel does not take the BPF programs: "
			 "%s (%s)",
			 strerror(-ret), first_words);
	return ret;
}

static int look_and_load(struct trace *t, char *why, size_t size)
{
	char *format = trace_format("kvm_exit");
	int ret;

	look(&t->offer);
	if (!format && !t->offer.any_tracepoint) {
		snprintf(
			why, size,
			"KVM of this host has no tracepoints: its kernel needs "
			"CONFIG_TRACEPOINTS and CONFIG_FTRACE");
		return -ENOENT;
	}
	if (format)
		names_parse(&t->names, format);
	t->tier = best_tier(&t->offer, format);
	ret = load_best(t, format);
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
	if (!t)
		return -ENOMEM;
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
	if (t->windows)
		munmap(t->windows, t->windows_size);
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
	       p == t->skel->progs.kvm_hypercall ||
	       (p == t->skel->progs.kvm_cpuid && t->spec.no_markers);
}

int trace_attach(struct trace *t, char *why, size_t size)
{
	struct bpf_program *p;
	struct bpf_link *link;
	int ret;

	bpf_object__for_each_program(p, t->skel->obj)
	{
		if (!bpf_program__autoload(p) || t->nlinks == LINKS_MAX)
			continue;
		link = bpf_program__attach(p);
		if (link) {
			t->links[t->nlinks++] = link;
			continue;
		}
		ret = -errno;
		if (optional(t, p))
			continue;
		if (p == t->skel->progs.vcpu_run) {
			if (t->tier == 'A')
				t->tier = 'B';
			continue;
		}
		snprintf(why, size, "the tracepoint of %s cannot be used: %s%s",
			 bpf_program__name(p), strerror(-ret),
			 trace_check_admin() ? "" :
					       " (CAP_SYS_ADMIN is missing)");
		trace_detach(t);
		return ret;
	}
	return 0;
}

void trace_detach(struct trace *t)
{
	while (t->nlinks)
		bpf_link__destroy(t->links[--t->nlinks]);
}

struct trace_mark trace_arm(struct trace *t)
{
	struct trace_mark m = { 0 };
	struct trace_window *w = NULL;

	for (u32 i = 0; i < t->spec.windows && !w; i++) {
		t->next = t->next % MARKER_WINDOW_MAX + 1;
		w = &t->windows[t->next % t->spec.windows];
		if (w->id)
			w = NULL;
	}
	if (!w)
		return m;
	while (!m.nonce)
		if (getrandom(&m.nonce, sizeof(m.nonce), 0) < 0)
			return (struct trace_mark){ 0 };
	m.window = t->next;
	memset(w, 0, sizeof(*w));
	if (t->spec.rip)
		memset(&t->rips[m.window % t->spec.windows], 0,
		       sizeof(*t->rips));
	w->nonce = m.nonce;
	__atomic_store_n(&w->id, m.window, __ATOMIC_RELEASE);
	return m;
}

void trace_take(struct trace *t, struct trace_mark m, struct trace_window *w,
		struct trace_rips *r)
{
	u32 at = m.window % t->spec.windows;

	*w = t->windows[at];
	if (r && t->spec.rip)
		*r = t->rips[at];
	__atomic_store_n(&t->windows[at].id, 0, __ATOMIC_RELEASE);
}

u32 trace_windows(struct trace *t)
{
	u32 n = __atomic_load_n(&t->skel->bss->windows_used, __ATOMIC_RELAXED);

	return n < t->spec.windows ? n : t->spec.windows;
}

/* What bpf_ktime_get_ns() says. */
static u64 kernel_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (u64)ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

static void add_under_way(struct trace_window *w, const struct trace_vcpu *v)
{
	u64 now = kernel_ns();

	if (now < v->since)
		now = v->since;
	for (int i = 0; i < PHASES; i++)
		w->tail_ns[i] += v->ns[i];
	w->tail_ns[v->phase % PHASES] += now - v->since;
	w->wall_ns = now - v->begin;
}

void trace_peek(struct trace *t, u32 id, struct trace_window *w,
		struct trace_rips *r)
{
	u32 at = id % t->spec.windows;
	struct trace_vcpu v;

	*w = t->windows[at];
	if (r && t->spec.rip)
		*r = t->rips[at];
	for (u32 i = 0; w->owner && i < TRACE_VCPUS; i++) {
		if (t->skel->bss->tids[i] != (u32)w->owner)
			continue;
		v = t->skel->bss->vcpus[i];
		if (v.state == VCPU_OPEN && v.window == id)
			add_under_way(w, &v);
	}
	w->owner = 0;
}

char trace_tier(const struct trace *t)
{
	return t->tier;
}

const char *trace_tier_text(char tier)
{
	switch (tier) {
	case 'A':
		return "raw tracepoints and fentry";
	case 'B':
		return "raw tracepoints; time in the VMM ends at the next "
		       "entry";
	case 'C':
		return "exits by the tracepoint's record";
	default:
		return "this KVM emulates its guests: exits to user space only";
	}
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

static u64 missed(const struct trace *t)
{
	struct bpf_prog_info info;
	struct bpf_program *p;
	u32 len;
	u64 n = 0;

	bpf_object__for_each_program(p, t->skel->obj)
	{
		len = sizeof(info);
		memset(&info, 0, sizeof(info));
		if (bpf_program__fd(p) >= 0 &&
		    !bpf_obj_get_info_by_fd(bpf_program__fd(p), &info, &len))
			n += info.recursion_misses;
	}
	return n;
}

struct trace_losses trace_losses(const struct trace *t)
{
	const struct exits_bpf__bss *bss = t->skel->bss;
	struct trace_losses l = {
		.missed = missed(t),
		.stray = bss->stray_markers,
		.foreign_markers = bss->foreign_markers,
		.full = bss->table_full,
	};

	for (size_t i = 0; i < sizeof(bss->foreign) / sizeof(bss->foreign[0]);
	     i++)
		l.foreign += bss->foreign[i].exits;
	return l;
}
