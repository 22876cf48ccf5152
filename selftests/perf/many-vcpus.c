// SPDX-License-Identifier: GPL-2.0-only
/*
 * A VM of many vCPUs, each with a thread of its own: "many-vcpus N EXITS" does EXITS
 * times CPUID and one HLT on each of N once a line comes on standard input, and then
 * has KVM_RUN return for a signal SIGNALS times.  All threads stay until the input is
 * at its end.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>

#define CODE 0x1000
#define STACK (64 * 1024)
#define SIGNALS 5

/* ESI times CPUID; HLT goes to the VMM, for there is no interrupt controller. */
static const uint8_t loop[] = {
	0x66, 0x31, 0xc0, /* xor eax, eax */
	0x0f, 0xa2, /* cpuid */
	0x66, 0x4e, /* dec esi */
	0x75, 0xf7, /* jnz */
	0xf4, /* hlt */
};

static unsigned int exits;
static int run_size;
static pthread_barrier_t begin, done, over;

static int create_vm(void)
{
	int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	int vm = kvm < 0 ? -1 : ioctl(kvm, KVM_CREATE_VM, 0);
	uint8_t *page = mmap(NULL, 0x1000, PROT_READ | PROT_WRITE,
			     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct kvm_userspace_memory_region region = {
		.guest_phys_addr = CODE,
		.memory_size = 0x1000,
		.userspace_addr = (uintptr_t)page,
	};

	if (vm < 0)
		err(4, "/dev/kvm");
	run_size = ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
	memcpy(page, loop, sizeof(loop));
	ioctl(vm, KVM_SET_TSS_ADDR, 0xfffbd000);
	if (ioctl(vm, KVM_SET_USER_MEMORY_REGION, &region))
		err(1, "memory");
	return vm;
}

static int create_vcpu(int vm, unsigned int id)
{
	struct kvm_regs regs = { .rip = CODE, .rsi = exits, .rflags = 2 };
	int vcpu = ioctl(vm, KVM_CREATE_VCPU, id);
	struct kvm_sregs sregs;

	if (vcpu < 0 || ioctl(vcpu, KVM_GET_SREGS, &sregs))
		err(1, "vCPU %u", id);
	sregs.cs.base = sregs.cs.selector = 0;
	if (ioctl(vcpu, KVM_SET_SREGS, &sregs) ||
	    ioctl(vcpu, KVM_SET_REGS, &regs))
		err(1, "registers");
	return vcpu;
}

static void *run(void *arg)
{
	int vcpu = (intptr_t)arg;
	struct kvm_run *state = mmap(NULL, run_size, PROT_READ | PROT_WRITE,
				     MAP_SHARED, vcpu, 0);

	if (state == MAP_FAILED)
		err(1, "state of a vCPU");
	pthread_barrier_wait(&begin);
	if (ioctl(vcpu, KVM_RUN, 0))
		err(1, "KVM_RUN");
	state->immediate_exit = 1;
	for (int i = 0; i < SIGNALS; i++)
		if (!ioctl(vcpu, KVM_RUN, 0) || errno != EINTR)
			err(1, "KVM_RUN did not return for a signal");
	pthread_barrier_wait(&done);
	pthread_barrier_wait(&over);
	return NULL;
}

int main(int argc, char **argv)
{
	unsigned int n = argc == 3 ? atoi(argv[1]) : 0;
	struct rlimit files = { n + 64, n + 64 };
	pthread_attr_t attr;
	char line[16];
	pthread_t t;
	int vm;

	if (!n || !(exits = atoi(argv[2])))
		errx(2, "many-vcpus N EXITS");
	/* A file descriptor for each. */
	if (setrlimit(RLIMIT_NOFILE, &files))
		err(1, "%u file descriptors", n + 64);
	vm = create_vm();
	pthread_barrier_init(&begin, NULL, n + 1);
	pthread_barrier_init(&done, NULL, n + 1);
	pthread_barrier_init(&over, NULL, n + 1);
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK);
	for (unsigned int i = 0; i < n; i++)
		if (pthread_create(&t, &attr, run,
				   (void *)(intptr_t)create_vcpu(vm, i)))
			err(1, "thread %u", i);
	if (!fgets(line, sizeof(line), stdin))
		return 1;
	pthread_barrier_wait(&begin);
	pthread_barrier_wait(&done);
	printf("done\n");
	fflush(stdout);
	while (fgets(line, sizeof(line), stdin))
		;
	pthread_barrier_wait(&over);
	return 0;
}
