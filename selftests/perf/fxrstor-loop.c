// SPDX-License-Identifier: GPL-2.0-only
/* fxrstor-loop: loads the state of the FPU again and again until it is killed.  In an
 * emulated host, each time is a chance for a fault of QEMU's emulation of SVM:
 * Documentation/qemu-svm.rst. */

static char state[512] __attribute__((aligned(16)));

int main(void)
{
	__asm__ volatile("fxsave %0" : "=m"(state));
	for (;;)
		__asm__ volatile("fxrstor %0" : : "m"(state));
}
