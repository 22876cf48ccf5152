// SPDX-License-Identifier: GPL-2.0-only
/* The names of the model's values. */
#include <stdio.h>

#include "result.h"

const char *result_status_name(enum result_status s)
{
	static const char *const names[] = {
		[RESULT_OK] = "ok",
		[RESULT_SKIPPED] = "skipped",
		[RESULT_FAILED] = "failed",
	};

	return names[s];
}

const char *result_clock_name(enum result_clock c)
{
	return c == CLOCK_HOST ? "host" : "guest";
}

const char *sample_tag_name(u32 bit_index)
{
	static const char *const names[SAMPLE_TAGS] = {
		"preempted", "migrated",   "run-delay",
		"steal",     "interrupts", "host-delay",
		"stopped",
	};

	return bit_index < SAMPLE_TAGS ? names[bit_index] : NULL;
}

const char *machine_name(int id, char *buf, size_t size)
{
	if (id == HOST_CLIENT_ID)
		snprintf(buf, size, "host");
	else
		snprintf(buf, size, "%d", id);
	return buf;
}
