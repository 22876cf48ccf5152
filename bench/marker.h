/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How a guest marks a window for its host: between a marker that begins and
 * one that ends, the exits of this vCPU belong to the window.
 *
 * The marker is CPUID with a leaf out of 4000_0000h to 4fff_ffffh, which no
 * processor gives a meaning (AMD APM vol. 3, CPUID; Intel SDM vol. 2A, CPUID):
 * an exit under every hypervisor that intercepts CPUID, harmless where nobody
 * listens, and open to user space.  For kernels there is the hypercall with
 * the same number, and the same word as its first argument.
 *
 * The word: nonce (16 bits), tentative (1 bit), window (14 bits, never 0), begin
 * (1) or end (0).  What a tentative beginning opens does not count if the end is
 * tentative as well: for attempts whose success is known afterwards.
 */
#ifndef VBENCH_MARKER_H
#define VBENCH_MARKER_H

#define MARKER_LEAF 0x4f424d4bu
#define MARKER_NONCE_SHIFT 16
#define MARKER_WINDOW_SHIFT 1
#define MARKER_WINDOW_MAX 0x3fffu
#define MARKER_TENTATIVE (1u << 15)
#define MARKER_BEGIN 1u

#define MARKER_WORD(nonce, window, begin)                 \
	((__UINT32_TYPE__)(nonce) << MARKER_NONCE_SHIFT | \
	 ((window)&MARKER_WINDOW_MAX) << MARKER_WINDOW_SHIFT | (begin))

/* What a window is known by; window 0 means that nothing is traced. */
struct trace_mark {
	__UINT16_TYPE__ nonce;
	__UINT16_TYPE__ window;
};

#ifndef __bpf__
#if defined(__x86_64__) || defined(__i386__)
#define MARKER_POSSIBLE 1
static inline void marker_put(__UINT32_TYPE__ word)
{
	__UINT32_TYPE__ a = MARKER_LEAF, b, c = word, d;

	__asm__ __volatile__("cpuid"
			     : "+a"(a), "=b"(b), "+c"(c), "=d"(d)
			     :
			     : "memory");
}
#else
#define MARKER_POSSIBLE 0
/* HVC from user space is undefined (Arm ARM): a kernel has to do it. */
static inline void marker_put(__UINT32_TYPE__ word)
{
	(void)word;
}
#endif

static inline void marker_begin(struct trace_mark m)
{
	if (m.window)
		marker_put(MARKER_WORD(m.nonce, m.window, MARKER_BEGIN));
}

static inline void marker_end(struct trace_mark m)
{
	if (m.window)
		marker_put(MARKER_WORD(m.nonce, m.window, 0));
}
#endif

#endif
