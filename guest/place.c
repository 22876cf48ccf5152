// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where a benchmark finds its disk and its own program.  The environment names
 * the disk: init sets it in a guest, and a backend sets it for clients that are
 * processes.  There is no default, because a process sees the host's /dev/vda and /.
 */
#include <stdlib.h>

#include "client.h"

#define NO_DISK                                                        \
	"this machine has no disk of its own: its client is not init " \
	"of a guest, and " ENV_DISK " does not name one"
#define NO_SCRATCH                                                         \
	"this machine has no folder to write to: its client is not init of " \
	"a guest, and " ENV_SCRATCH " does not name one"

static const char *place_of(const char *name)
{
	const char *value = getenv(name);

	return value && *value ? value : NULL;
}

const char *needs_disk(struct benchmark *bench)
{
	return place_of(ENV_DISK) ? NULL : NO_DISK;
}

const char *needs_scratch(struct benchmark *bench)
{
	return place_of(ENV_SCRATCH) ? NULL : NO_SCRATCH;
}

const char *bench_disk(void)
{
	const char *disk = place_of(ENV_DISK);

	if (!disk)
		bench_skip(-1, NO_DISK);
	return disk;
}

const char *bench_scratch(void)
{
	const char *scratch = place_of(ENV_SCRATCH);

	if (!scratch)
		bench_skip(-1, NO_SCRATCH);
	return scratch;
}

const char *bench_exe(void)
{
	return "/proc/self/exe";
}
