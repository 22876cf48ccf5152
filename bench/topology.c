// SPDX-License-Identifier: GPL-2.0-only
#include "benchmarks.h"

/* Twice: the second is virtbench.h's. */
#define TOPOLOGY(...) { { __VA_ARGS__ }, { __VA_ARGS__, .asks_platform = true } }

const struct topology do_single_bench[] =
	TOPOLOGY(.name = "single", .machines = 1);

const struct topology do_pair_bench[] =
	TOPOLOGY(.name = "pair", .machines = 2);

const struct topology do_pair_bench_onestop[] =
	TOPOLOGY(.name = "pair, first done", .machines = 2, .first_done = true);

const struct topology do_receive_bench[] =
	TOPOLOGY(.name = "host and machine", .machines = 2, .with_host = true);

const struct topology do_boot_bench[] = { {
	.name = "each machine's start",
	.machines = 1,
	.boot = true,
} };
