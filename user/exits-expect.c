// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../bench/clock.h"
#include "exits-expect.h"

/* A difference counts from 1 % on, from more than this many exits in all, and from
 * more than a tenth of the interrupts: their handlers have work of their own, such
 * as an IPI to a CPU that they wake. */
#define EXPECT_SHARE 0.01
#define EXPECT_STRAYS 3.0
#define EXPECT_OF_NOISE 0.1
/* An interrupt is two to four of the exits that count as such (the timer's write, the
 * interrupt itself, its window, EOI), and its handler may well wake one CPU: 3 IPIs
 * were seen beside 16 such exits. */
#define EXPECT_IPIS_OF_NOISE 0.5
/* The guest's kernel has a tick of its own, at most so often (CONFIG_HZ).  A tick in a
 * window writes the timer once more.  If it comes by the interrupt of the operation's
 * own timer, no other interrupt is seen.  One tick in ten may wake another CPU by an
 * IPI: in 72 windows of timer-tsc-deadline-100us, 0.1 s in all, the handler of the timer
 * sent three IPIs, and that of a virtio device sent one. */
#define EXPECT_TICKS_PER_S 1000.0
#define EXPECT_IPIS_OF_TICK 0.1
/* An IPI or a timer of the operation itself causes up to so many of them: the
 * interrupt, its window, EOI. */
#define EXPECT_NOISE_OF_EVENT 3
/* The host takes pages back from guests (NUMA balancing, KSM, khugepaged): fewer
 * page faults than that for one operation can be its doing. */
#define EXPECT_PAGE_FAULTS 0.5

#define OR " or "
#define NONE "none"
/* A guest with SEV-ES asks for something, which only its GHCB says. */
#define VMGEXIT "vmgexit"
/* APICv and AVIC pass on a write of some register of the APIC, the timer's as well as
 * the ICR, and only the exit's qualification, which KVM does not show, says which. */
#define APIC_WRITE "apic-write"

/* Codes of exits: SDM vol. 3C, appendix C; APM vol. 2, appendix C. */
struct expect_range {
	u32 isa, first, last;
	const char *name; /* NULL: anybody's, at any time */
};

static const struct expect_range ranges[] = {
	{ TRACE_ISA_SVM, 0x000, 0x01f, "cr" },
	{ TRACE_ISA_SVM, 0x020, 0x03f, "dr" },
	{ TRACE_ISA_SVM, 0x040, 0x05f, "exception" },
	{ TRACE_ISA_SVM, 0x060, 0x064, NULL }, /* interrupts and their window */
	{ TRACE_ISA_SVM, 0x065, 0x065, "cr" },
	{ TRACE_ISA_SVM, 0x06f, 0x06f, "rdpmc" },
	{ TRACE_ISA_SVM, 0x072, 0x072, "cpuid" },
	{ TRACE_ISA_SVM, 0x077, 0x077, NULL }, /* PAUSE */
	{ TRACE_ISA_SVM, 0x078, 0x078, "hlt" },
	{ TRACE_ISA_SVM, 0x07b, 0x07b, "io" },
	{ TRACE_ISA_SVM, 0x07c, 0x07c, "msr" },
	{ TRACE_ISA_SVM, 0x081, 0x081, "hypercall" },
	{ TRACE_ISA_SVM, 0x089, 0x089, "wbinvd" },
	{ TRACE_ISA_SVM, 0x08a, 0x08a, "monitor" },
	{ TRACE_ISA_SVM, 0x08b, 0x08c, "mwait" },
	{ TRACE_ISA_SVM, 0x08d, 0x08d, "xsetbv" },
	{ TRACE_ISA_SVM, 0x0a6, 0x0a6,
	  "hlt" }, /* without a pending interrupt */
	{ TRACE_ISA_SVM, 0x400, 0x400, "page-fault" },
	{ TRACE_ISA_SVM, 0x401, 0x402, APIC_WRITE },
	{ TRACE_ISA_SVM, 0x403, 0x403, VMGEXIT },
	{ TRACE_ISA_VMX, 0, 0, "exception" },
	{ TRACE_ISA_VMX, 1, 1, NULL },
	{ TRACE_ISA_VMX, 7, 8, NULL },
	{ TRACE_ISA_VMX, 10, 10, "cpuid" },
	{ TRACE_ISA_VMX, 12, 12, "hlt" },
	{ TRACE_ISA_VMX, 15, 15, "rdpmc" },
	{ TRACE_ISA_VMX, 18, 18, "hypercall" },
	{ TRACE_ISA_VMX, 28, 28, "cr" },
	{ TRACE_ISA_VMX, 29, 29, "dr" },
	{ TRACE_ISA_VMX, 30, 30, "io" },
	{ TRACE_ISA_VMX, 31, 32, "msr" },
	{ TRACE_ISA_VMX, 36, 36, "mwait" },
	{ TRACE_ISA_VMX, 39, 39, "monitor" },
	{ TRACE_ISA_VMX, 40, 40, NULL },
	{ TRACE_ISA_VMX, 44, 44, "apic" },
	{ TRACE_ISA_VMX, 45, 45, NULL }, /* EOI */
	{ TRACE_ISA_VMX, 48, 49, "page-fault" },
	{ TRACE_ISA_VMX, 52, 52, NULL }, /* preemption timer */
	{ TRACE_ISA_VMX, 54, 54, "wbinvd" },
	{ TRACE_ISA_VMX, 55, 55, "xsetbv" },
	{ TRACE_ISA_VMX, 56, 56, APIC_WRITE },
	{ TRACE_ISA_VMX, 84, 84, "msr" }, /* WRMSRNS, immediate forms */
	{ TRACE_ISA_VMX, 85, 85, "msr" },
};

/*
 * Registers of the local APIC by their offset in its page: x2APIC's MSR is 0x800
 * and a sixteenth of it (SDM vol. 3A, 11.12.1.2).  Reads of the ICR and writes of its
 * high half go before an IPI in xAPIC mode only.
 */
#define APIC_PAGE 0xfee00000u
#define TSC_DEADLINE 0x6e0u

static const char *apic_register(u32 offset, bool write, const char *otherwise)
{
	switch (offset) {
	case 0x0b0: /* EOI */
	case 0x310:
		return NULL;
	case 0x300:
		return write ? "ipi" : NULL;
	case 0x3f0: /* x2APIC's self IPI */
		return "ipi";
	case 0x380: /* initial count */
		return "timer";
	}
	return otherwise;
}

static const char *msr_name(u64 v)
{
	u32 msr = v;

	if (msr == TSC_DEADLINE && v >> 32 & 1)
		return "timer";
	if (msr >= 0x800 && msr < 0x900)
		return apic_register((msr - 0x800) << 4, v >> 32 & 1, "msr");
	return "msr";
}

static const char *mmio_name(u64 v)
{
	u64 gpa = v & ((1ull << 52) - 1);

	if (gpa >> 12 == APIC_PAGE >> 12)
		return apic_register(gpa & 0xfff, v >> 52 & 1, "mmio");
	return "mmio";
}

/* KVM's detail says more than the exit's reason. */
static const char *by_detail(u64 detail)
{
	u64 v = TRACE_DETAIL_VALUE(detail);

	switch (TRACE_DETAIL_KIND(detail)) {
	case TRACE_CPUID:
		return "cpuid";
	case TRACE_PIO:
		return "io";
	case TRACE_MSR:
		return msr_name(v);
	case TRACE_HYPERCALL:
		return "hypercall";
	case TRACE_MMIO:
		return mmio_name(v);
	}
	return NULL;
}

const char *expect_name(u64 what, u64 detail, const char *reason)
{
	u32 isa = what >> 32 & 0xff, code = what;
	u64 kind = TRACE_DETAIL_KIND(detail);

	if (isa == TRACE_ISA_SIGNAL)
		return NULL;
	if (what & TRACE_WHAT_NESTED)
		return "nested";
	if (kind && kind != TRACE_CROWDED)
		return by_detail(detail);
	if (isa == TRACE_ISA_UNSEEN)
		return NULL;
	if (isa == TRACE_ISA_VMX)
		code &= 0xffff;
	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
		if (ranges[i].isa == isa && code >= ranges[i].first &&
		    code <= ranges[i].last)
			return ranges[i].name;
	return reason;
}

/* "hlt 1-2" up to @end. */
static int parse_kind(const char *text, const char *end, struct expect_kind *k)
{
	int n = 0, len = end - text;
	char buf[64];

	if (len >= (int)sizeof(buf))
		return -EINVAL;
	snprintf(buf, sizeof(buf), "%.*s", len, text);
	if (sscanf(buf, " %31[a-z-] %lf-%lf%n", k->name, &k->least, &k->most,
		   &n) == 3 &&
	    !buf[n])
		return k->least < k->most ? 0 : -EINVAL;
	n = 0;
	if (sscanf(buf, " %31[a-z-] %lf%n", k->name, &k->least, &n) != 2 ||
	    buf[n] || k->least <= 0)
		return -EINVAL;
	k->most = k->least;
	return 0;
}

const char *expect_parse(const char *text, struct expect *e, int *ret)
{
	const char * or = strstr(text, OR);
	const char *end = or ? or : text + strlen(text), *comma;

	e->n = 0;
	*ret = 0;
	if (end - text == strlen(NONE) && !strncmp(text, NONE, strlen(NONE)))
		return or ? or +strlen(OR) : NULL;
	while (text && !*ret) {
		comma = memchr(text, ',', end - text);
		*ret = e->n == EXPECT_KINDS_MAX ?
			       -EINVAL :
			       parse_kind(text, comma ? comma : end,
					  &e->kinds[e->n++]);
		text = comma ? comma + 1 : NULL;
	}
	return or ? or +strlen(OR) : NULL;
}

static double seen_of(const struct exits *x, const char *name)
{
	const char *is;
	double seen = 0;

	for (size_t i = 0; i < x->nrows; i++) {
		is = expect_name(x->rows[i].what, x->rows[i].detail_code,
				 x->rows[i].reason);
		if (is && !strcmp(is, name))
			seen += x->rows[i].per_op;
	}
	return seen;
}

/* A kernel sets its timer whenever something becomes due. */
static bool is_noise(const char *name)
{
	return !name || !strcmp(name, "timer");
}

static bool is_of_host(const struct exits *x, const char *name)
{
	return !strcmp(name, "page-fault") &&
	       seen_of(x, name) < EXPECT_PAGE_FAULTS;
}

static bool is_named(const struct expect *e, const char *name)
{
	for (size_t i = 0; i < e->n; i++)
		if (!strcmp(e->kinds[i].name, name))
			return true;
	return false;
}

/* Whether any alternative of @text names it. */
static bool is_declared(const char *text, const char *name)
{
	struct expect e;
	int ret = 0;

	while (text && !ret) {
		text = expect_parse(text, &e, &ret);
		if (!ret && is_named(&e, name))
			return true;
	}
	return false;
}

/* Exits of interrupts that the operation did not cause. */
static double noise(const struct exits *x)
{
	double sum = 0, caused = seen_of(x, "ipi");
	bool timer = is_declared(x->expects, "timer");
	const char *name;

	if (timer)
		caused += seen_of(x, "timer");
	for (size_t i = 0; i < x->nrows; i++) {
		name = expect_name(x->rows[i].what, x->rows[i].detail_code,
				   x->rows[i].reason);
		if (is_noise(name) && !(name && timer))
			sum += x->rows[i].per_op;
	}
	return fmax(sum - EXPECT_NOISE_OF_EVENT * caused, 0);
}

/* A vCPU that does not run has none, or one for all that time. */
static double ticks(const struct exits *x)
{
	double ran = x->guest_ns + x->kernel_ns + x->vmm_ns;

	return EXPECT_TICKS_PER_S * ran / NSEC_PER_SEC / x->runs;
}

/* How many exits of that name other interrupts may cause, or make needless, in one
 * operation. */
static double of_noise(const struct exits *x, const char *name)
{
	return noise(x) *
	       (strcmp(name, "ipi") || is_declared(x->expects, "ipi") ?
			EXPECT_OF_NOISE :
			EXPECT_IPIS_OF_NOISE);
}

/*
 * How many more of them the guest's tick and its other timers may cause: each write of
 * the timer that the operation does not declare shows an interrupt, whose handler may
 * send an IPI.  On a busy machine, 6 windows of 4.5 ms had 5 such writes and 4 IPIs.
 */
static double of_ticks(const struct exits *x, const char *name)
{
	double ipis = 0;

	if (!strcmp(name, "timer"))
		return ticks(x);
	if (strcmp(name, "ipi"))
		return 0;
	if (!is_declared(x->expects, "ipi"))
		ipis = EXPECT_IPIS_OF_TICK * ticks(x);
	return is_declared(x->expects, "timer") ?
		       ipis :
		       fmax(ipis, seen_of(x, "timer"));
}

static bool differs(const struct exits *x, const struct expect_kind *k,
		    double seen)
{
	double by = fmax(k->least - seen, seen - k->most);
	double slack =
		fmax(EXPECT_SHARE * fmax(k->most, 1), EXPECT_STRAYS / x->runs);
	double caused = of_noise(x, k->name);

	if (seen > k->most)
		caused += of_ticks(x, k->name);
	slack = fmax(slack, caused);
	/* As many as allowed are not more, whatever the quotients' last bits are. */
	return by > slack * (1 + 1e-9);
}

/* All samples together, and each of them. */
struct seen {
	const struct exits *x;
	const struct exits *parts;
	size_t n;
};

/*
 * Whether more than half of the samples differ as all of them together do.  Work of the
 * guest's kernel falls into some: of six samples of ipi-self-hlt on a busy machine, one
 * had 2 IPIs more, one had 1, and both of them had as many interrupts of the timer.
 */
static bool differs_in_most(const struct seen *all, const struct expect_kind *k,
			    bool more)
{
	double least = EXPECT_SHARE * fmax(k->most, 1) * (1 + 1e-9), seen;
	size_t n = 0, votes = 0;

	for (size_t i = 0; i < all->n; i++) {
		seen = seen_of(&all->parts[i], k->name);
		if (!all->parts[i].runs || isnan(seen))
			continue;
		n++;
		votes += (more ? seen - k->most : k->least - seen) > least;
	}
	return !n || 2 * votes > n;
}

struct finding {
	char text[sizeof(((struct exits *)0)->findings)];
	double by; /* 0: there is none */
	bool cut; /* not all found room */
};

/* Whole, or the last words say that there are others. */
static void finding_add(struct finding *f, const char *text)
{
	static const char others[] = "; and others";
	size_t len = strlen(f->text);
	size_t room = sizeof(f->text) - sizeof(others);

	if (f->cut)
		return;
	f->cut = len + strlen(text) + 2 > room;
	snprintf(f->text + len, sizeof(f->text) - len, "%s%s",
		 len && !f->cut ? "; " : "", f->cut ? others : text);
}

static void look_at(const struct seen *all, const struct expect_kind *k,
		    struct finding *f)
{
	double seen = seen_of(all->x, k->name);
	char most[32] = "", text[160];

	if (!differs(all->x, k, seen) ||
	    !differs_in_most(all, k, seen > k->most))
		return;
	f->by += fmax(k->least - seen, seen - k->most);
	if (k->most > k->least)
		snprintf(most, sizeof(most), " to %.3f", k->most);
	snprintf(text, sizeof(text), "expected %.3f%s %s, saw %.3f", k->least,
		 most, k->name, seen);
	finding_add(f, text);
}

/* Whether an earlier row has the same name. */
static bool is_repeated(const struct exits *x, size_t row, const char *name)
{
	const char *is;

	for (size_t i = 0; i < row; i++) {
		is = expect_name(x->rows[i].what, x->rows[i].detail_code,
				 x->rows[i].reason);
		if (is && !strcmp(is, name))
			return true;
	}
	return false;
}

static struct finding compare(const struct seen *all, const struct expect *e)
{
	const struct exits *x = all->x;
	struct finding f = { 0 };
	struct expect_kind other;
	const char *name;

	for (size_t i = 0; i < e->n; i++)
		look_at(all, &e->kinds[i], &f);
	for (size_t i = 0; i < x->nrows; i++) {
		name = expect_name(x->rows[i].what, x->rows[i].detail_code,
				   x->rows[i].reason);
		if (is_noise(name) || is_named(e, name) ||
		    is_repeated(x, i, name) || is_of_host(x, name))
			continue;
		other = (struct expect_kind){ 0 };
		snprintf(other.name, sizeof(other.name), "%s", name);
		look_at(all, &other, &f);
	}
	return f;
}

/* A KVM that emulates its guests shows only some of their exits. */
static bool is_comparable(const struct exits *x)
{
	return x->runs && !x->broken[0] && !x->lost && x->tier < 'D' &&
	       !seen_of(x, VMGEXIT) && !seen_of(x, APIC_WRITE);
}

static bool is_understood(const char *text)
{
	struct expect e;
	int ret = 0;

	while (text && !ret)
		text = expect_parse(text, &e, &ret);
	return !ret;
}

int expect_compare(struct exits *x, const struct exits *parts, size_t n,
		   const char *text)
{
	const struct seen all = { .x = x, .parts = parts, .n = n };
	struct finding least = { .by = INFINITY }, f;
	struct expect e;
	int ret;

	if (!text || !is_comparable(x))
		return 0;
	if (x->runs < EXPECT_RUNS_LEAST)
		return -ENODATA;
	snprintf(x->expects, sizeof(x->expects), "%s", text);
	if (!is_understood(text)) {
		snprintf(x->findings, sizeof(x->findings),
			 "cannot parse expects: %s", text);
		return 0;
	}
	while (text && least.by > 0) {
		text = expect_parse(text, &e, &ret);
		f = compare(&all, &e);
		if (f.by < least.by)
			least = f;
	}
	if (isfinite(least.by))
		memcpy(x->findings, least.text, sizeof(x->findings));
	return 0;
}
