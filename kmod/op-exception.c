// SPDX-License-Identifier: GPL-2.0-only
/*
 * One operation: an exception in the kernel, and the IRET out of its handler.
 *
 * The hypervisor's bitmap says which exceptions exit, to be examined and
 * injected again (SDM vol. 3C, "Exception Bitmap"; APM vol. 2, "Exception
 * Intercepts"): KVM wants to see #UD and #DB, and leaves #BP and #NM alone
 * unless it debugs the guest (Linux, arch/x86/kvm/vmx/vmx.c,
 * vmx_update_exception_bitmap(), and svm/svm.c, init_vmcb()).
 *
 * Linux has no use for these exceptions in its own code, and warns of some.  So
 * for a batch, with interrupts off, this CPU has a copy of the IDT in which one
 * vector leads to a handler of four or five instructions.  What NMIs cause in
 * between is told apart by a key in R11, which is zero in their handlers, and is
 * passed on to Linux.
 */
#include <linux/gfp.h>
#include <linux/kprobes.h>
#include <linux/minmax.h>
#include <linux/objtool.h>
#include <linux/string.h>
#include <asm/desc.h>
#include <asm/nospec-branch.h>
#include <asm/processor-flags.h>
#include <asm/trapnr.h>
#ifdef CONFIG_X86_KERNEL_IBT
#include <asm/ibt.h>
#endif

#include "guard.h"

#ifndef ASM_ENDBR
#define ASM_ENDBR
#endif

/* The handlers', and runs are one at a time. */
extern u64 vb_exception_key, vb_exception_original;
u64 vb_exception_key;
u64 vb_exception_original;

void vb_handle_skip(void);
void vb_handle_return(void);
void vb_handle_step(void);

/*
 * No function that objtool could follow: it ends in IRET.  It and what runs with
 * our IDT is where no kprobe may be, whose #BP would come to us.
 */
#define HANDLER(name, action)                                       \
	asm(".pushsection .kprobes.text, \"ax\"\n"                  \
	    "	.p2align 5\n"                                         \
	    "	.type " #name ", @function\n" #name ":	" ASM_ENDBR \
	    "	cmpq vb_exception_key(%rip), %r11\n"                  \
	    "	jne 1f\n" action "	iretq\n"                         \
	    "1:	" ANNOTATE_RETPOLINE_SAFE                           \
	    "	jmp *vb_exception_original(%rip)\n"                   \
	    "	.size " #name ", . - " #name "\n"                   \
	    "	.popsection");                                      \
	STACK_FRAME_NON_STANDARD(name)

/*
 * On top of the stack are RIP, CS and RFLAGS.  After a fault it goes on behind
 * the three bytes that raised it; a trap has RIP there already; TF (bit 8) would
 * trap again and again.
 */
HANDLER(vb_handle_skip, "	addq $3, (%rsp)\n");
HANDLER(vb_handle_return, "");
HANDLER(vb_handle_step, "	andl $~0x100, 16(%rsp)\n");

static void *handler_of(u64 vector)
{
	switch (vector) {
	case X86_TRAP_BP:
		return vb_handle_return;
	case X86_TRAP_DB:
		return vb_handle_step;
	}
	return vb_handle_skip;
}

/* Neither is in use with FRED: then CR4 has bit 32. */
static void probe_exception(struct vb_run *r)
{
	u64 cr4;

	if (vb_unprivileged(r))
		return;
	asm volatile("movq %%cr4, %0" : "=r"(cr4));
	if (cr4 >> 32 & 1)
		vb_why(r, "the kernel uses FRED, and so has no IDT");
}

static int setup_exception(struct vb_run *r)
{
	u64 handler = (u64)handler_of(r->op->arg);
	struct desc_ptr was;
	gate_desc *idt, *gate;

	idt = (gate_desc *)get_zeroed_page(GFP_KERNEL);
	r->private = idt;
	if (!idt)
		return -ENOMEM;
	store_idt(&was);
	memcpy(idt, (void *)was.address,
	       min_t(size_t, PAGE_SIZE, was.size + 1));
	gate = &idt[r->op->arg];
	vb_exception_key = (u64)idt;
	vb_exception_original = gate_offset(gate);
	gate->offset_low = handler;
	gate->offset_middle = handler >> 16;
	gate->offset_high = handler >> 32;
	gate->bits.ist = 0;
	return 0;
}

static void end_exception(struct vb_run *r)
{
	free_page((unsigned long)r->private);
}

static __always_inline struct desc_ptr own_idt(const struct vb_run *r)
{
	struct desc_ptr was, own = { PAGE_SIZE - 1, (unsigned long)r->private };

	store_idt(&was);
	native_load_idt(&own);
	return was;
}

#define RAISE(n, insn) \
	VB_LOOP(n, asm volatile(insn : : "r"(key) : "memory", "cc"))

#define EXCEPTION(id, number, ...)                  \
	const struct vb_op vb_op_exception_##id = { \
		.probe = probe_exception,           \
		.setup = setup_exception,           \
		.run = run_##id,                    \
		.teardown = end_exception,          \
		.arg = number,                      \
		__VA_ARGS__                         \
	}

/* UD0 with the ModRM byte that some CPUs want.  UD2 is BUG() to objtool. */
static void __kprobes run_ud(struct vb_run *r, u64 n)
{
	register u64 key asm("r11") = (u64)r->private;
	struct desc_ptr was = own_idt(r);

	RAISE(n, ".byte 0x0f, 0xff, 0xc0");
	native_load_idt(&was);
}

EXCEPTION(ud, X86_TRAP_UD);

static void __kprobes run_bp(struct vb_run *r, u64 n)
{
	register u64 key asm("r11") = (u64)r->private;
	struct desc_ptr was = own_idt(r);

	RAISE(n, "int3");
	native_load_idt(&was);
}

EXCEPTION(bp, X86_TRAP_BP);

/* A single step: the trap comes after the instruction that follows POPF. */
static void __kprobes run_db(struct vb_run *r, u64 n)
{
	register u64 key asm("r11") = (u64)r->private;
	struct desc_ptr was = own_idt(r);

	RAISE(n, "pushfq\n\torq $0x100, (%%rsp)\n\tpopfq\n\tnop");
	native_load_idt(&was);
}

/*
 * Each step leaves DR6.BS set, which Linux's own handler must not find there.  Not
 * in the batch: the first access to a debug register after an exit is another exit
 * (op-control.c), and each #DB was one.
 */
static u64 dr6;

static void keep_dr6(struct vb_run *r)
{
	asm volatile("movq %%dr6, %0" : "=r"(dr6));
}

static void put_dr6_back(struct vb_run *r)
{
	asm volatile("movq %0, %%dr6" : : "r"(dr6));
}

EXCEPTION(db, X86_TRAP_DB, .before = keep_dr6, .after = put_dr6_back);

/* With CR0.TS every instruction of the FPU; this one does nothing. */
static void __kprobes run_nm(struct vb_run *r, u64 n)
{
	register u64 key asm("r11") = (u64)r->private;
	struct desc_ptr was = own_idt(r);
	u64 cr0;

	asm volatile("movq %%cr0, %0" : "=r"(cr0));
	asm volatile("movq %0, %%cr0" : : "r"(cr0 | X86_CR0_TS) : "memory");
	RAISE(n, "fnop\n\tnop");
	asm volatile("movq %0, %%cr0" : : "r"(cr0) : "memory");
	native_load_idt(&was);
}

EXCEPTION(nm, X86_TRAP_NM);
