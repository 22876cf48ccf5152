/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Instructions that a hypervisor may see, for 32 and 64 bits.  Elsewhere they
 * are empty, and x86_only() is the reason why a benchmark of them cannot run.
 */
#ifndef VBENCH_X86_H
#define VBENCH_X86_H

#include <errno.h>

#include "benchmarks.h"

/*
 * What RAX holds for a hypercall: a number that no hypervisor gives a meaning.
 * Bit 31 stays clear, for Xen and KVM's emulation of Xen take calls that have
 * it for Hyper-V's (Linux, arch/x86/kvm/xen.c, kvm_xen_hypercall()).
 */
#define X86_NO_HYPERCALL 0x7fffffffu

#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>
#include <sys/io.h>

static inline const char *x86_only(void)
{
	return NULL;
}

static inline void x86_vmcall(void)
{
	unsigned long a = X86_NO_HYPERCALL;

	__asm__ __volatile__("vmcall" : "+a"(a) : : "memory");
}

static inline void x86_vmmcall(void)
{
	unsigned long a = X86_NO_HYPERCALL;

	__asm__ __volatile__("vmmcall" : "+a"(a) : : "memory");
}

static inline void x86_cpuid(void)
{
	u32 a = 0, b, c = 0, d;

	__asm__ __volatile__("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
}

static inline void x86_rdtsc(void)
{
	u32 lo, hi;

	__asm__ __volatile__("rdtsc" : "=a"(lo), "=d"(hi));
}

static inline void x86_out8(u16 port, u8 value)
{
	__asm__ __volatile__("outb %0, %1" : : "a"(value), "Nd"(port));
}

/* getppid(2) is 64 in the i386 table, which INT 0x80 uses in 64-bit processes
 * too; there it zeroed R8 to R11 up to Linux 4.16. */
static inline long x86_int80_getppid(void)
{
	long ret = 64;

	__asm__ __volatile__("int $0x80"
			     : "+a"(ret)
			     :
#ifdef __x86_64__
			     : "memory", "r8", "r9", "r10", "r11");
#else
			     : "memory");
#endif
	return ret;
}

/* Whether this process may use the port: 0 or -errno. */
static inline int x86_allow_port(u16 port)
{
	return ioperm(port, 1, 1) && iopl(3) ? -errno : 0;
}

/* CPUID leaf 1 ECX bit 31, which hardware keeps 0 (AMD APM vol. 3, appendix
 * E; Documentation/virt/kvm/x86/cpuid.rst). */
static inline bool x86_in_guest(void)
{
	u32 a, b, c, d;

	return __get_cpuid(1, &a, &b, &c, &d) && c >> 31;
}
#else
static inline const char *x86_only(void)
{
	return "an instruction of x86 only";
}

static inline void x86_vmcall(void)
{
}

static inline void x86_vmmcall(void)
{
}

static inline void x86_cpuid(void)
{
}

static inline void x86_rdtsc(void)
{
}

static inline void x86_out8(u16 port, u8 value)
{
	(void)port;
	(void)value;
}

static inline long x86_int80_getppid(void)
{
	return -ENOSYS;
}

static inline int x86_allow_port(u16 port)
{
	(void)port;
	return -ENOSYS;
}

static inline bool x86_in_guest(void)
{
	return false;
}
#endif

#endif
