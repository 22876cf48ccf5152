// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "paths.h"
#include "say.h"
#include "script.h"
#include "state.h"

#define UNDO_LIMIT_S 30

static bool state_path(char *path, const char *rundir)
{
	return snprintf(path, PATH_MAX, "%s/state", rundir) < PATH_MAX;
}

void state_write(const struct session *s)
{
	char path[PATH_MAX];
	FILE *f;

	/* In namespaces of its own, the kernel cleans up. */
	if (s->private_net || !state_path(path, s->run->path))
		return;
	f = fopen(path, "we");
	if (!f)
		return;
	fprintf(f, "backend %s\n", s->backend.dir);
	for (u32 i = 0; i < s->nmachines; i++)
		if (s->machines[i].ident[0])
			fprintf(f, "machine %s\n", s->machines[i].ident);
	if (fclose(f))
		say_detail("cannot write %s: %s", path, strerror(errno));
}

static void undo_script(const char *rundir, const char *dir, const char *name,
			const char *arg)
{
	char path[PATH_MAX], why[1024];
	struct script_spec spec = {
		.path = path,
		.cwd = rundir,
		.label = name,
		.args = { arg },
		.limit_s = UNDO_LIMIT_S,
	};
	struct script s;

	if (snprintf(path, sizeof(path), "%s/%s", dir, name) >=
	    (int)sizeof(path))
		return;
	if (script_spawn(&s, &spec))
		return;
	script_wait(&s);
	if (!script_verdict(&s, why, sizeof(why)))
		say("%s", why);
}

void session_undo(const char *rundir)
{
	char path[PATH_MAX], line[PATH_MAX + 16], dir[PATH_MAX] = "";
	FILE *f = state_path(path, rundir) ? fopen(path, "re") : NULL;

	if (!f)
		return;
	if (data_dir())
		setenv("VBENCH_DIR", data_dir(), 1);
	setenv("VBENCH_RUN", rundir, 1);
	setenv("VBENCH_BRIDGE", "", 1);
	while (fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = '\0';
		if (!strncmp(line, "backend ", 8)) {
			snprintf(dir, sizeof(dir), "%.4000s", line + 8);
			setenv("VBENCH_BACKEND_DIR", dir, 1);
		} else if (!strncmp(line, "machine ", 8) && dir[0])
			undo_script(rundir, dir, "stop_machine", line + 8);
	}
	fclose(f);
	if (dir[0])
		undo_script(rundir, dir, "stop", NULL);
	unsetenv("VBENCH_BACKEND_DIR");
	unsetenv("VBENCH_RUN");
}
