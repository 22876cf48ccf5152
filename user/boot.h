/* SPDX-License-Identifier: GPL-2.0-only */
/* Benchmarks of the machines' start, which was over before any was run. */
#ifndef VBENCH_USER_BOOT_H
#define VBENCH_USER_BOOT_H

#include "result.h"
#include "session.h"

/* A sample of @e for each machine that is up, or the reason why there is none. */
void boot_sample(const struct session *s, const struct bench_entry *e,
		 struct result *res);

/* Why @e has no sample of machine @m; NULL: it has. */
const char *boot_reason(const struct machine *m, const struct bench_entry *e);

#endif
