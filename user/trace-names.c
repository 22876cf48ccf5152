// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/kvm.h>
#if defined(__x86_64__) || defined(__i386__)
#include <asm/svm.h>
#include <asm/vmx.h>
#endif

#include "trace-names.h"

struct table {
	u32 code;
	const char *name;
};

/* For kernels whose kvm_exit lists no names. */
#if defined(__x86_64__) || defined(__i386__)
static const struct table vmx[] = { VMX_EXIT_REASONS };
static const struct table svm[] = { SVM_EXIT_REASONS };
#else
static const struct table vmx[] = { { 0, NULL } };
static const struct table svm[] = { { 0, NULL } };
#endif

/* Exception classes of ESR_EL2 that come from guests (Arm ARM, ESR_EL2), and
 * exits that are no traps (ARM_EXCEPTION_* in arm64's kvm_asm.h). */
static const struct table arm64[] = {
	{ 0x00, "unknown" },
	{ 0x01, "wfx" },
	{ 0x03, "cp15_32" },
	{ 0x04, "cp15_64" },
	{ 0x05, "cp14_mr" },
	{ 0x06, "cp14_ls" },
	{ 0x07, "fp/simd" },
	{ 0x08, "cp10_id" },
	{ 0x09, "pac" },
	{ 0x0c, "cp14_64" },
	{ 0x0e, "illegal state" },
	{ 0x12, "hvc32" },
	{ 0x13, "smc32" },
	{ 0x16, "hvc64" },
	{ 0x17, "smc64" },
	{ 0x18, "sysreg" },
	{ 0x19, "sve" },
	{ 0x1a, "eret" },
	{ 0x1d, "sme" },
	{ 0x20, "inst abort" },
	{ 0x22, "pc alignment" },
	{ 0x24, "data abort" },
	{ 0x26, "sp alignment" },
	{ 0x2f, "serror" },
	{ 0x30, "breakpoint" },
	{ 0x32, "single step" },
	{ 0x34, "watchpoint" },
	{ 0x38, "bkpt32" },
	{ 0x3c, "brk" },
	{ TRACE_ARM64_NO_TRAP + 0, "interrupt" },
	{ TRACE_ARM64_NO_TRAP + 1, "serror of EL1" },
	{ TRACE_ARM64_NO_TRAP + 3, "illegal exception return" },
};

/* Why KVM_RUN returned (Documentation/virt/kvm/api.rst). */
static const struct table soft[] = {
	{ KVM_EXIT_UNKNOWN, "unknown" },
	{ KVM_EXIT_EXCEPTION, "exception" },
	{ KVM_EXIT_IO, "io" },
	{ KVM_EXIT_HYPERCALL, "hypercall" },
	{ KVM_EXIT_DEBUG, "debug" },
	{ KVM_EXIT_HLT, "hlt" },
	{ KVM_EXIT_MMIO, "mmio" },
	{ KVM_EXIT_IRQ_WINDOW_OPEN, "irq window" },
	{ KVM_EXIT_SHUTDOWN, "shutdown" },
	{ KVM_EXIT_FAIL_ENTRY, "failed entry" },
	{ KVM_EXIT_INTR, "intr" },
	{ KVM_EXIT_INTERNAL_ERROR, "internal error" },
	{ KVM_EXIT_SYSTEM_EVENT, "system event" },
};

static const struct table unseen[] = { { 0, "handled without an event" } };
static const struct table signals[] = { { 0, "signal to the VMM, no exit" } };

/* Flags that VMX adds to the reason (SDM vol. 3C, "Basic VM-Exit Information"). */
static const struct table vmx_flags[] = {
	{ 1u << 25, "shadow stack busy" }, { 1u << 26, "bus lock" },
	{ 1u << 27, "in an enclave" },	   { 1u << 28, "pending MTF" },
	{ 1u << 29, "from VMX root" },	   { 1u << 31, "failed entry" },
};

#define SIZE(a) (sizeof(a) / sizeof((a)[0]))
static const struct {
	u32 isa;
	const struct table *table;
	size_t n;
} tables[] = {
	{ TRACE_ISA_VMX, vmx, SIZE(vmx) },
	{ TRACE_ISA_SVM, svm, SIZE(svm) },
	{ TRACE_ISA_ARM64, arm64, SIZE(arm64) },
	{ TRACE_ISA_SOFT, soft, SIZE(soft) },
	{ TRACE_ISA_UNSEEN, unseen, SIZE(unseen) },
	{ TRACE_ISA_SIGNAL, signals, SIZE(signals) },
};

/* Parses a number or a sum: "0x040 + 6". */
static bool number(const char **s, u32 *value)
{
	char *end;

	*value = 0;
	do {
		*value += strtoul(*s, &end, 0);
		if (end == *s)
			return false;
		*s = end + strspn(end, "uUlL) ");
	} while (**s == '+' && (*s += 1));
	return **s == ',';
}

/* Parses "{ 0x072, "cpuid" }"; false at the end of the list. */
static bool entry(struct trace_names *t, u32 isa, const char **s)
{
	struct reason_name *list;
	const char *name, *end;
	u32 code;
	bool good;

	*s += strspn(*s, ", ");
	if (**s != '{')
		return false;
	*s += 1 + strspn(*s + 1, " (");
	good = number(s, &code);
	name = strchr(*s, '"');
	end = name ? strchr(name + 1, '"') : NULL;
	if (!end || !strchr(end, '}'))
		return false;
	*s = strchr(end, '}') + 1;
	if (!good)
		return true;
	list = reallocarray(t->list, t->n + 1, sizeof(*list));
	if (!list)
		return false;
	t->list = list;
	list += t->n++;
	list->isa = isa;
	list->code = code;
	snprintf(list->name, sizeof(list->name), "%.*s", (int)(end - name - 1),
		 name + 1);
	return true;
}

/* The instruction set of the list at @list, from the condition before it.  KVM puts
 * SVM's list last, which has no condition. */
static u32 isa_of(const char *before, const char *list)
{
	static const char condition[] = "REC->isa == ";
	const char *found, *last = NULL;

	for (found = before; (found = strstr(found, condition)) && found < list;
	     found++)
		last = found;
	return last ? strtoul(last + strlen(condition), NULL, 10) :
		      TRACE_ISA_SVM;
}

void names_parse(struct trace_names *t, const char *format)
{
	static const char begin[] = "__print_symbolic(";
	const char *list, *before = format, *s;

	while ((list = strstr(before, begin))) {
		u32 isa = 0;

		s = list + strlen(begin);
		if (!strncmp(s, "REC->exit_reason", 16))
			isa = isa_of(before, list);
		else if (!strncmp(s, "REC->esr_ec", 11))
			isa = TRACE_ISA_ARM64;
		s += isa ? strcspn(s, ",") : 0;
		while (isa && entry(t, isa, &s))
			;
		before = s;
	}
}

void names_free(struct trace_names *t)
{
	free(t->list);
	*t = (struct trace_names){ 0 };
}

static const char *of_tables(u32 isa, u32 code)
{
	for (size_t i = 0; i < SIZE(tables); i++)
		for (size_t k = 0; tables[i].isa == isa && k < tables[i].n; k++)
			if (tables[i].table[k].code == code)
				return tables[i].table[k].name;
	return NULL;
}

static u32 plain_code(u32 isa, u32 code)
{
	return isa == TRACE_ISA_VMX ? code & 0xffff : code;
}

static void append(char *buf, size_t size, const char *text)
{
	size_t len = strlen(buf);

	snprintf(buf + len, size - len, ", %s", text);
}

static void name_flags(u32 code, char *buf, size_t size)
{
	char rest[24];

	code &= 0xffff0000;
	for (size_t i = 0; i < SIZE(vmx_flags); i++) {
		if (!(code & vmx_flags[i].code))
			continue;
		append(buf, size, vmx_flags[i].name);
		code &= ~vmx_flags[i].code;
	}
	snprintf(rest, sizeof(rest), "flags 0x%x", code);
	if (code)
		append(buf, size, rest);
}

void names_reason(const struct trace_names *t, u64 what, char *buf, size_t size)
{
	u32 isa = what >> 32 & 0xff, code = plain_code(isa, what);
	const char *name = NULL;

	for (size_t i = 0; i < t->n && !name; i++)
		if (t->list[i].isa == isa && t->list[i].code == code)
			name = t->list[i].name;
	if (!name)
		name = of_tables(isa, code);
	if (!what)
		snprintf(buf, size, "too many kinds");
	else if (name)
		snprintf(buf, size, "%s", name);
	else
		snprintf(buf, size, "0x%x", code);
	if (isa == TRACE_ISA_VMX)
		name_flags(what, buf, size);
	if (what & TRACE_WHAT_NESTED)
		append(buf, size, "nested");
}

/* Most accesses to ports have one byte, so that size is not printed. */
static void port_name(u64 v, char *buf, size_t size)
{
	u32 bytes = v >> 16 & 0xff;
	int n = snprintf(buf, size, "port 0x%x %s", (u32)v & 0xffff,
			 v >> 24 & 1 ? "out" : "in");

	if (bytes > 1)
		snprintf(buf + n, size - n, ", %u bytes", bytes);
}

void names_detail(u64 detail, char *buf, size_t size)
{
	u64 v = TRACE_DETAIL_VALUE(detail);

	switch (TRACE_DETAIL_KIND(detail)) {
	case TRACE_CPUID:
		snprintf(buf, size, "leaf 0x%x", (u32)v);
		break;
	case TRACE_PIO:
		port_name(v, buf, size);
		break;
	case TRACE_MSR:
		snprintf(buf, size, "msr 0x%x %s", (u32)v,
			 v >> 32 & 1 ? "write" : "read");
		break;
	case TRACE_HYPERCALL:
		snprintf(buf, size, "number 0x%llx", (unsigned long long)v);
		break;
	case TRACE_MMIO:
		snprintf(buf, size, "address 0x%llx %s",
			 (unsigned long long)(v & ((1ull << 52) - 1)),
			 v >> 52 & 1 ? "write" : "read");
		break;
	case TRACE_CROWDED:
		snprintf(buf, size, "details without a place");
		break;
	default:
		buf[0] = '\0';
	}
}

void names_fill(const struct trace_names *t, struct exits *x)
{
	for (size_t i = 0; i < x->nrows; i++) {
		struct exit_row *row = &x->rows[i];

		names_reason(t, row->what, row->reason, sizeof(row->reason));
		names_detail(row->detail_code, row->detail,
			     sizeof(row->detail));
	}
	for (size_t i = 0; i < x->nsites; i++)
		names_reason(t, x->sites[i].what, x->sites[i].reason,
			     sizeof(x->sites[i].reason));
}
