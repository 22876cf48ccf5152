// SPDX-License-Identifier: GPL-2.0-only
/* Where a benchmark finds its disk and its own program. */
#include <stdlib.h>

#include "client.h"

const char *bench_disk(void)
{
	const char *disk = getenv(ENV_DISK);

	return disk ? disk : "/dev/vda";
}

const char *bench_scratch(void)
{
	const char *scratch = getenv(ENV_SCRATCH);

	return scratch ? scratch : "/";
}

const char *bench_exe(void)
{
	return "/proc/self/exe";
}
