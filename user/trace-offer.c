// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/btf.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "trace-offer.h"

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

/* Each function has a first argument that the tracepoint does not have. */
static bool is_pointer(const struct btf *btf, const struct btf_type *args,
		       u32 n)
{
	if (!args || btf_vlen(args) < n + 2u)
		return false;
	return btf_is_ptr(btf__type_by_id(btf, btf_params(args)[n + 1].type));
}

static bool has_struct(const struct btf *btf, const char *name)
{
	return btf && btf__find_by_name_kind(btf, name, BTF_KIND_STRUCT) > 0;
}

static bool has_function(const struct btf *btf, const char *name)
{
	return btf__find_by_name_kind(btf, name, BTF_KIND_FUNC) > 0;
}

static const struct btf_type *by_name(const struct btf *btf, const char *name,
				      u32 kind)
{
	int id = btf__find_by_name_kind(btf, name, kind);

	return id > 0 ? btf__type_by_id(btf, id) : NULL;
}

static bool has_member(const struct btf *btf, const struct btf_type *t,
		       const char *name)
{
	for (int i = 0; t && i < btf_vlen(t); i++)
		if (!strcmp(btf__name_by_offset(btf,
						btf_members(t)[i].name_off),
			    name))
			return true;
	return false;
}

/* KVM keeps RIP in one of two ways: bpf/kernel.h. */
static bool keeps_rip(const struct btf *btf)
{
	const struct btf_type *regs = by_name(btf, "kvm_reg", BTF_KIND_ENUM);
	bool found = false;

	for (int i = 0; regs && i < btf_vlen(regs) && !found; i++)
		found = !strcmp(btf__name_by_offset(btf,
						    btf_enum(regs)[i].name_off),
				"VCPU_REGS_RIP");
	return found ||
	       has_member(btf, by_name(btf, "kvm_vcpu_arch", BTF_KIND_STRUCT),
			  "rip");
}

bool trace_is_preemptible(const struct btf *btf)
{
	const struct btf_type *t =
		by_name(btf, "tp_transition_snapshot", BTF_KIND_STRUCT);

	return !t || has_member(btf, t, "srcu_gp");
}

static void look_at_kvm(struct trace_offer *o, const struct btf *btf)
{
	const struct btf_type *exit = arguments(btf, "kvm_exit");

	o->types |= has_struct(btf, "kvm_vcpu");
	o->tracepoint |= exit != NULL;
	o->vcpu |= is_pointer(btf, arguments(btf, "kvm_entry"), 0);
	o->fast_mmio |= arguments(btf, "kvm_fast_mmio") != NULL;
	o->nested |= arguments(btf, "kvm_nested_vmexit") != NULL;
	o->rip |= keeps_rip(btf);
	o->ioctl_run |= has_function(btf, "kvm_arch_vcpu_ioctl_run");
	o->destroy_vm |= has_function(btf, "kvm_arch_destroy_vm");
	/* (vcpu, isa) since 5.16, (reason, vcpu, isa) before; backported. */
	if (exit && btf_vlen(exit) == 3 && is_pointer(btf, exit, 0)) {
		o->exit_args = true;
	} else if (exit && btf_vlen(exit) == 4 && is_pointer(btf, exit, 1)) {
		o->exit_args = true;
		o->exit_has_reason = true;
	}
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

/* On Arm, KVM is not a module, and always uses the hardware. */
static bool kvm_emulates(void)
{
#if defined(__x86_64__) || defined(__i386__)
	return !(cpu_has("svm") && module_loaded("kvm_amd")) &&
	       !(cpu_has("vmx") && module_loaded("kvm_intel"));
#else
	return false;
#endif
}

/* Missing BTF of modules is no error here, because the next tier needs none. */
void trace_look(struct trace_offer *o)
{
	struct btf *base = btf__load_vmlinux_btf();
	struct btf *kvm, *amd;

	*o = (struct trace_offer){ .preemptible = true,
				   .soft = kvm_emulates() };
	if (!base)
		return;
	kvm = btf__load_module_btf("kvm", base);
	amd = btf__load_module_btf("kvm_amd", base);
	o->preemptible = trace_is_preemptible(base);
	look_at_kvm(o, base);
	if (kvm)
		look_at_kvm(o, kvm);
	/* A kernel may hold both vendors' code; one CPU runs one of them. */
	o->svm = cpu_has("svm") && module_loaded("kvm_amd") &&
		 (has_struct(base, "vcpu_svm") || has_struct(amd, "vcpu_svm"));
	o->stat = o->types;
	btf__free(amd);
	btf__free(kvm);
	btf__free(base);
}
