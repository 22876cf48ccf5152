// SPDX-License-Identifier: GPL-2.0-only
/* The module is unloaded and loaded again. */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include "guest.h"
#include "reload.h"

/* A block of 2 MiB for each time: what other parts of the kernel take is far less. */
#define TIMES 20
#define BLOCK_BYTES (2l << 20)

static int module_fd;

void reload_keep_module(void)
{
	glob_t found;

	if (!glob("/modules/*-vbench.ko", 0, NULL, &found))
		module_fd = open(found.gl_pathv[0], O_RDONLY | O_CLOEXEC);
	globfree(&found);
}

bool reload(void)
{
	int ret = syscall(SYS_finit_module, module_fd, "", 0);

	if (ret)
		printf("loading the module anew: %s\n", strerror(errno));
	return !ret;
}

static long free_bytes(void)
{
	struct sysinfo i;

	return sysinfo(&i) ? 0 : i.freeram * i.mem_unit;
}

/* One event of first-touch-4k; the module keeps the other pages of its block. */
static bool keep_a_block(void)
{
	struct kmod k = { .fd = open(VBENCH_DEVICE, O_RDWR | O_CLOEXEC),
			  .info = { .size = sizeof(k.info) } };
	struct vbench_op op = { 0 };
	struct vbench_run run = { .size = sizeof(run),
				  .cpu = VBENCH_CPU_HERE,
				  .peer = VBENCH_CPU_ANY,
				  .iterations = 1,
				  .batches = 1 };

	CHECK(k.fd >= 0 && !ioctl(k.fd, VBENCH_INFO, &k.info));
	CHECK(kmod_find(&k, "first-touch-4k", &op) >= 0);
	run.op = op.index;
	CHECK(!ioctl(k.fd, VBENCH_RUN, &run));
	close(k.fd);
	if (run.outcome)
		printf("first-touch-4k: outcome %u: %s\n", run.outcome,
		       run.why);
	return run.outcome == VBENCH_OUTCOME_DONE;
}

void kept_memory_is_given_back(void)
{
	long before = free_bytes(), lost;
	int kept = 0;

	for (int i = 0; i < TIMES; i++) {
		kept += keep_a_block();
		CHECK(!syscall(SYS_delete_module, "vbench", O_NONBLOCK) &&
		      reload());
	}
	lost = before - free_bytes();
	printf("unloaded with a block kept %d times, %ld KiB less are free\n",
	       kept, lost >> 10);
	CHECK(lost < TIMES * BLOCK_BYTES / 2);
}
