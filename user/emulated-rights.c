// SPDX-License-Identifier: GPL-2.0-only
/* The guest controls much of QEMU's input, so rootfs/host-rights.sh takes from QEMU
 * the rights that it does not need. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "emulated-host.h"
#include "hint.h"
#include "paths.h"
#include "say.h"
#include "script.h"
#include "tail.h"

#define WHY 1024
/* The script may try several QEMUs, which end at once. */
#define LIMIT_S 60
#define NOTE_LINES 4

static int rights_read(struct emulated_host *h, const char *path)
{
	FILE *f = fopen(path, "re");
	bool good;

	if (!f)
		return -errno;
	good = fgets(h->drop, sizeof(h->drop), f) &&
	       fgets(h->sandbox, sizeof(h->sandbox), f);
	fclose(f);
	h->drop[strcspn(h->drop, "\n")] = '\0';
	h->sandbox[strcspn(h->sandbox, "\n")] = '\0';
	return good ? 0 : -EINVAL;
}

int emulated_rights_choose(struct emulated_host *h)
{
	char chooser[PATH_MAX], why[WHY];
	struct script_spec spec = {
		.path = chooser,
		.cwd = h->run.path,
		.label = "host-rights",
		.args = { h->unprivileged, h->qemu },
		.limit_s = LIMIT_S,
		.ends_with_us = true,
	};
	struct script s;
	int ret;

	_Static_assert(LINK_SHARES_MAX + 2 <= SCRIPT_ARGS_MAX,
		       "an argument for each folder");
	for (unsigned int i = 0; i < h->nshares; i++)
		spec.args[2 + i] = h->share[i];
	snprintf(chooser, sizeof(chooser), "%.4000s/rootfs/host-rights.sh",
		 data_dir());
	ret = script_spawn(&s, &spec);
	if (ret) {
		say("%s cannot be executed: %s%s", chooser, strerror(-ret),
		    hint_exec(ret));
		return ret;
	}
	ret = emulated_script_wait(h, &s);
	if (ret)
		return ret;
	if (!script_verdict(&s, why, sizeof(why))) {
		say("the emulated host's QEMU: %s", why);
		return -EINVAL;
	}
	if (tail_of_file(s.err, NOTE_LINES, why, sizeof(why)))
		say_detail("%s", why);
	return rights_read(h, s.out);
}
