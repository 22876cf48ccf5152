// SPDX-License-Identifier: GPL-2.0-only
/* What to call each of two results: by what differs. */
#include <stdio.h>
#include <string.h>

#include "report.h"

/* Of the environment, the most telling first; where a value is long, the results
 * are A and B, and a line above the table says what they stand for. */
static const char *const telling[] = {
	"guest.kernel",	      "settings.qemu",	  "settings.kernel",
	"guest.cpu",	      "settings.cpu",	  "settings.machine",
	"settings.qemu_args", "settings.append",  "host.kernel",
	"host.cpu",	      "settings.vcpus",	  "settings.mem",
	"guest.cpus",	      "guest.memory_mib", "host.governor",
	"host.smt",	      "vbench.version",
};

static bool label_take(struct labels *l, const char *x, const char *y)
{
	bool fits;

	if (!x || !y || !*x || !*y || !strcmp(x, y))
		return false;
	fits = strlen(x) < LABEL_MAX && strlen(y) < LABEL_MAX;
	snprintf(l->label[0], LABEL_MAX, "%s", fits ? x : "A");
	snprintf(l->label[1], LABEL_MAX, "%s", fits ? y : "B");
	l->full[0] = fits ? NULL : x;
	l->full[1] = fits ? NULL : y;
	return true;
}

static const char *label_host(const struct results *r)
{
	return results_env_get(r, "emulated_host") ? "emulated host" :
						     "this host";
}

static const char *label_base(const char *path)
{
	const char *slash = path ? strrchr(path, '/') : NULL;

	return slash && slash[1] ? slash + 1 : path;
}

void report_labels(const struct results *a, const struct results *b,
		   struct labels *l)
{
	memset(l, 0, sizeof(*l));
	if (label_take(l, a->backend, b->backend) ||
	    label_take(l, label_host(a), label_host(b)))
		return;
	for (size_t i = 0; i < sizeof(telling) / sizeof(telling[0]); i++)
		if (label_take(l, results_env_get(a, telling[i]),
			       results_env_get(b, telling[i])))
			return;
	if (label_take(l, label_base(a->file), label_base(b->file)) ||
	    label_take(l, a->file, b->file))
		return;
	label_take(l, "first", "second");
}

const char *report_env(const struct results *r, const char *key)
{
	const char *value = results_env_get(r, key);

	return value ? value : "?";
}

const char *report_machines(const struct results *r, char *buf, size_t size)
{
	if (r->machines == MACHINES_UNKNOWN)
		snprintf(buf, size, "? machines");
	else
		snprintf(buf, size, "%u machine%s", r->machines,
			 r->machines == 1 ? "" : "s");
	return buf;
}
