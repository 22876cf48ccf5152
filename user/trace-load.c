// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "say.h"
#include "trace-check.h"
#include "trace-load.h"

/* Generated; it needs the types above. */
#include "exits.skel.h"

#define WINDOWS_MIN 64
/* The best tier to try, for tests: "A" to "D". */
#define ENV_TIER "VBENCH_TRACE_TIER"

static char first_words[256];

/* Keeps libbpf's first message about a load: later ones only say that it failed. */
static int load_on_libbpf(enum libbpf_print_level level, const char *fmt,
			  va_list ap)
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

static u32 load_offset_of(const char *format, const char *field)
{
	const char *at = format ? strstr(format, field) : NULL;
	const char *offset = at ? strstr(at, "offset:") : NULL;

	return offset ? strtoul(offset + strlen("offset:"), NULL, 10) : 0;
}

/* The offsets of fields in kvm_exit's record; arm64 has other names than x86. */
static void load_set_record(struct exits_bpf *skel, const char *format)
{
	u32 reason = load_offset_of(format, " exit_reason;");

	skel->rodata->at_isa = load_offset_of(format, " isa;");
	skel->rodata->at_reason = reason ? reason :
					   load_offset_of(format, " esr_ec;");
	skel->rodata->at_ret = load_offset_of(format, " ret;");
	skel->rodata->at_rip = reason ? load_offset_of(format, " guest_rip;") :
					load_offset_of(format, " vcpu_pc;");
	skel->rodata->classic_isa = TRACE_ISA_ARM64;
}

/* The pid namespace's number, as BPF programs see it; 0 for the first namespace,
 * which all processes are in. */
static u32 load_pid_namespace(void)
{
	struct stat st;

	if (in_first_pid_namespace() || stat("/proc/self/ns/pid", &st))
		return 0;
	return st.st_ino;
}

static void load_set_constants(struct trace_load *l, const char *format)
{
	struct exits_bpf *skel = l->skel;

	skel->rodata->nwindows = l->spec.windows;
	skel->rodata->target_tgid = l->spec.tgid;
	skel->rodata->pid_namespace = load_pid_namespace();
	skel->rodata->no_markers = l->spec.no_markers;
	skel->rodata->want_rip = l->spec.rip && l->tier < 'D';
	skel->rodata->know_vcpu = l->offer.vcpu && l->tier < 'D';
	skel->rodata->soft = l->tier == 'D';
	skel->rodata->preemptible = l->offer.preemptible;
	load_set_record(skel, format);
}

static void load_choose_programs(struct trace_load *l)
{
	struct exits_bpf *skel = l->skel;
	bool fentry = l->offer.ioctl_run && l->tier != 'B';

	bpf_program__set_autoload(skel->progs.vcpu_run, fentry);
	bpf_program__set_autoload(skel->progs.vm_ends,
				  fentry && l->offer.destroy_vm &&
					  l->spec.no_markers);
	bpf_program__set_autoload(skel->progs.kvm_exit,
				  l->tier < 'C' && !l->offer.exit_has_reason);
	bpf_program__set_autoload(skel->progs.kvm_exit_reason,
				  l->tier < 'C' && l->offer.exit_has_reason);
	bpf_program__set_autoload(skel->progs.kvm_exit_record, l->tier == 'C');
	bpf_program__set_autoload(skel->progs.kvm_entry, l->tier < 'D');
	bpf_program__set_autoload(skel->progs.kvm_fast_mmio,
				  l->offer.fast_mmio);
	bpf_program__set_autoload(skel->progs.kvm_nested_vmexit,
				  l->tier < 'D' && l->offer.nested);
}

static int load_once(struct trace_load *l, const char *format)
{
	int ret;

	first_words[0] = '\0';
	l->skel = exits_bpf__open();
	if (!l->skel)
		return -errno;
	load_set_constants(l, format);
	load_choose_programs(l);
	bpf_map__set_max_entries(l->skel->maps.windows, l->spec.windows);
	bpf_map__set_max_entries(l->skel->maps.rips,
				 l->spec.rip ? l->spec.windows : 1);
	ret = exits_bpf__load(l->skel);
	if (!ret)
		return 0;
	exits_bpf__destroy(l->skel);
	l->skel = NULL;
	return ret;
}

/* Too little memory is too little in each tier, unlike anything else. */
static bool load_is_refused(int ret)
{
	return ret && ret != -ENOMEM;
}

/* Some kernels refuse fentry, or a module's BTF, so the next tier is tried then. */
static int load_best(struct trace_load *l, const char *format)
{
	int ret = load_once(l, format);

	if (load_is_refused(ret) && l->offer.ioctl_run) {
		say_detail("without fentry: %s", first_words);
		l->offer.ioctl_run = false;
		if (l->tier == 'A')
			l->tier = 'B';
		ret = load_once(l, format);
	}
	if (load_is_refused(ret) && l->tier == 'B' && format) {
		say_detail("without the vCPU's structures: %s", first_words);
		l->tier = 'C';
		ret = load_once(l, format);
	}
	return ret;
}

/* This version introduced BPF's atomic operations that return a value. */
#define LEAST_KERNEL "5.12"

int trace_load_explain(int ret, char *why, size_t size)
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
	else if (ret == -EMFILE)
		snprintf(why, size,
			 "the BPF programs cannot be loaded: %s (%s): raise "
			 "the limit (ulimit -n)",
			 strerror(-ret), first_words);
	else if (ret == -ENOMEM || ret == -ENFILE)
		snprintf(why, size,
			 "the BPF programs cannot be loaded: %s (%s)",
			 strerror(-ret), first_words);
	else
		snprintf(why, size,
			 "the host's kernel rejects the BPF programs: "
			 "%s (%s); they need Linux " LEAST_KERNEL " or later",
			 strerror(-ret), first_words);
	return ret;
}

/* Follows fewer vCPUs at a time if memory is short. */
static int load_what_fits(struct trace_load *l, const char *format)
{
	int ret = load_best(l, format);

	while (ret == -ENOMEM && l->spec.windows > WINDOWS_MIN) {
		l->spec.windows /= 2;
		ret = load_best(l, format);
		if (!ret)
			say("memory is short: vbench follows only %u vCPUs at "
			    "a time",
			    l->spec.windows);
	}
	return ret;
}

/*
 * Whether addresses in the guest are available: BTF shows where KVM keeps RIP, or
 * the record of kvm_exit contains it.
 */
static bool load_find_rip(struct trace_load *l, const char *format)
{
	if (!l->spec.rip || l->offer.soft)
		return true;
	if (l->offer.rip && l->offer.exit_args)
		return true;
	l->offer.exit_args = false;
	return load_offset_of(format, " guest_rip;") ||
	       load_offset_of(format, " vcpu_pc;");
}

int trace_load(struct trace_load *l, char *why, size_t size)
{
	char *format = trace_format("kvm_exit");
	const char *asked = getenv(ENV_TIER);
	int ret;

	libbpf_set_print(load_on_libbpf);
	trace_look(&l->offer);
	l->offer.record = format != NULL;
	if (!load_find_rip(l, format)) {
		snprintf(why, size,
			 "the host's KVM does not show the guest's address of "
			 "an exit: use --trace instead of --trace=rip");
		free(format);
		return -ENOENT;
	}
	l->tier = trace_best_tier(&l->offer, asked ? *asked : 0, why, size);
	if (!l->tier) {
		free(format);
		return -ENOENT;
	}
	if (format)
		names_parse(&l->names, format);
	if (l->spec.rip && l->tier == 'D')
		say("the guest's addresses of exits are not available: this "
		    "KVM emulates its guests");
	ret = load_what_fits(l, format);
	free(format);
	return ret ? trace_load_explain(ret, why, size) : 0;
}

void trace_unload(struct trace_load *l)
{
	exits_bpf__destroy(l->skel);
	names_free(&l->names);
}
