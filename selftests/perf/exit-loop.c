// SPDX-License-Identifier: GPL-2.0-only
/*
 * A VM that does nothing but exit: 16-bit code in one page, no kernel, no
 * device.  For each line on standard input, "cpuid N ROUNDS" or "out N ROUNDS",
 * it does N exits in each round and prints the nanoseconds of one exit in the
 * best round.  CPUID is KVM's; OUT goes to the VMM, here.
 */
#include <err.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>

#define CODE 0x1000
#define CODE_OUT 0x1100
#define PORT 0x10

/* ESI times; HLT goes to the VMM where there is no interrupt controller. */
static const uint8_t cpuid_loop[] = {
	0x66, 0x31, 0xc0, /* xor eax, eax */
	0x0f, 0xa2, /* cpuid */
	0x66, 0x4e, /* dec esi */
	0x75, 0xf7, /* jnz */
	0xf4, /* hlt */
};
static const uint8_t out_loop[] = {
	0xe6, PORT, /* out PORT, al */
	0x66, 0x4e, /* dec esi */
	0x75, 0xfa, /* jnz */
	0xf4, /* hlt */
};

static int vcpu;
static struct kvm_run *run;

static void put_code(int vm)
{
	struct kvm_userspace_memory_region region = {
		.guest_phys_addr = CODE,
		.memory_size = 0x1000,
	};
	uint8_t *page = mmap(NULL, 0x1000, PROT_READ | PROT_WRITE,
			     MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	memcpy(page, cpuid_loop, sizeof(cpuid_loop));
	memcpy(page + CODE_OUT - CODE, out_loop, sizeof(out_loop));
	region.userspace_addr = (uintptr_t)page;
	if (ioctl(vm, KVM_SET_USER_MEMORY_REGION, &region))
		err(1, "memory");
}

static void set_up(void)
{
	int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	int vm = kvm < 0 ? -1 : ioctl(kvm, KVM_CREATE_VM, 0);
	struct kvm_sregs sregs;

	if (vm < 0)
		err(4, "/dev/kvm");
	/* Intel needs it for real mode where the CPU cannot do it by itself. */
	ioctl(vm, KVM_SET_TSS_ADDR, 0xfffbd000);
	put_code(vm);
	vcpu = ioctl(vm, KVM_CREATE_VCPU, 0);
	run = mmap(NULL, ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0),
		   PROT_READ | PROT_WRITE, MAP_SHARED, vcpu, 0);
	if (vcpu < 0 || run == MAP_FAILED || ioctl(vcpu, KVM_GET_SREGS, &sregs))
		err(1, "vcpu");
	sregs.cs.base = sregs.cs.selector = 0;
	if (ioctl(vcpu, KVM_SET_SREGS, &sregs))
		err(1, "registers");
}

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1e9 + ts.tv_nsec;
}

static double loop(uint64_t code, unsigned int n)
{
	struct kvm_regs regs = { .rip = code, .rsi = n, .rflags = 2 };
	double begin;

	if (ioctl(vcpu, KVM_SET_REGS, &regs))
		err(1, "registers");
	begin = now();
	do {
		if (ioctl(vcpu, KVM_RUN, 0))
			err(1, "KVM_RUN");
	} while (run->exit_reason == KVM_EXIT_IO);
	if (run->exit_reason != KVM_EXIT_HLT)
		errx(1, "the guest ended for reason %u", run->exit_reason);
	return (now() - begin) / n;
}

int main(void)
{
	unsigned int n, rounds;
	char what[16], line[64];
	double best, t;

	set_up();
	while (fgets(line, sizeof(line), stdin)) {
		if (sscanf(line, "%15s %u %u", what, &n, &rounds) != 3 || !n)
			errx(1, "what? %s", line);
		best = 1e18;
		while (rounds--) {
			t = loop(*what == 'o' ? CODE_OUT : CODE, n);
			best = t < best ? t : best;
		}
		printf("%.1f\n", best);
		fflush(stdout);
	}
	return 0;
}
