// SPDX-License-Identifier: GPL-2.0-only
#include "benchmarks.h"

const struct topology do_single_bench[] = { {
	.name = "single",
	.machines = 1,
} };

const struct topology do_pair_bench[] = { {
	.name = "pair",
	.machines = 2,
} };

const struct topology do_pair_bench_onestop[] = { {
	.name = "pair, first done",
	.machines = 2,
	.first_done = true,
} };

const struct topology do_receive_bench[] = { {
	.name = "host and machine",
	.machines = 2,
	.with_host = true,
} };
