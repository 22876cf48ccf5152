/* SPDX-License-Identifier: GPL-2.0-only */
/* Where the threads of machines run on the host, and how long they wait for a CPU. */
#ifndef VBENCH_PLACEMENT_H
#define VBENCH_PLACEMENT_H

#include "session.h"

/*
 * Looks for the threads of @m that there are now: pins them as --cpus says, and
 * watches how long they wait for a CPU.  VMMs start threads at any time, so it is
 * called for all machines once they are up and again for each benchmark.
 */
void placement_look(struct session *s, struct machine *m);

/* Why @m's CPUs of the host are too few for @bench, in @why; NULL: they are not. */
const char *placement_too_few(const struct session *s, const struct machine *m,
			      const struct benchmark *bench, char *why,
			      size_t size);

/* Where --cpus has pinned @m: "vCPUs on CPUs 0,1, ..."; "" without --cpus. */
const char *placement_text(const struct session *s, const struct machine *m,
			   char *buf, size_t size);

#endif
