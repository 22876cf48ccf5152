// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "settings.h"

/* SETTINGS is shell: only a shell knows what it means. */
static const char query[] =
	"cd \"$VBENCH_RUN\" && . ./SETTINGS >/dev/null && printf '%s\\n' \"${BOOT_LIMIT:-120}\" "
	"\"${SCRIPT_LIMIT:-30}\" \"${SETUP_LIMIT:-10}\" \"${RUN_LIMIT:-20}\" "
	"\"${LOGFILES:-$VBENCH_RUN/console}\" \"${KERNEL:-}\" \"${MEM:-}\" "
	"\"${VCPUS:-}\"";

static int seconds(const char *name, const char *text, double *v, char *why,
		   size_t size)
{
	char *end;

	*v = strtod(text, &end);
	if (end != text && !*end && *v > 0 && *v <= 86400)
		return 0;
	snprintf(why, size,
		 "%s=\"%s\" in SETTINGS or the environment is no "
		 "number of seconds (above 0, at most 86400)",
		 name, text);
	return -EINVAL;
}

static int take(struct settings *s, char line[][PATH_MAX], char *why,
		size_t size)
{
	int ret = seconds("BOOT_LIMIT", line[0], &s->boot_limit_s, why, size);

	if (!ret)
		ret = seconds("SCRIPT_LIMIT", line[1], &s->script_limit_s, why,
			      size);
	if (!ret)
		ret = seconds("SETUP_LIMIT", line[2], &s->setup_limit_s, why,
			      size);
	if (!ret)
		ret = seconds("RUN_LIMIT", line[3], &s->run_limit_s, why, size);
	snprintf(s->logfiles, sizeof(s->logfiles), "%s", line[4]);
	snprintf(s->kernel, sizeof(s->kernel), "%s", line[5]);
	snprintf(s->mem, sizeof(s->mem), "%.31s", line[6]);
	snprintf(s->vcpus, sizeof(s->vcpus), "%.31s", line[7]);
	return ret;
}

int settings_read(struct settings *s, char *why, size_t size)
{
	static char line[8][PATH_MAX];
	int n = 0, status;
	FILE *f;

	f = popen(query, "re");
	while (f && n < 8 && fgets(line[n], PATH_MAX, f)) {
		line[n][strcspn(line[n], "\n")] = '\0';
		n++;
	}
	status = f ? pclose(f) : -1;
	if (status == 0 && n == 8)
		return take(s, line, why, size);
	snprintf(why, size, "the shell cannot read SETTINGS (see above)");
	return -EINVAL;
}
