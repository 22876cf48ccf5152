// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend.h"
#include "hint.h"
#include "paths.h"
#include "procfs.h"
#include "say.h"
#include "script.h"
#include "state.h"
#include "trust.h"

#define UNDO_LIMIT_S 30

static bool state_path(char *path, const char *rundir)
{
	return snprintf(path, PATH_MAX, "%s/state", rundir) < PATH_MAX;
}

/* Field 22 of /proc/PID/stat, after a name that may hold anything: what tells
 * a process from a later one of the same pid.  0 if there is none. */
static unsigned long long start_time(const char *pid)
{
	char path[64], text[1024];
	unsigned long long t = 0;
	const char *p;
	FILE *f;
	size_t n;

	snprintf(path, sizeof(path), "/proc/%.20s/stat", pid);
	f = fopen(path, "re");
	if (!f)
		return 0;
	n = fread(text, 1, sizeof(text) - 1, f);
	fclose(f);
	text[n] = '\0';
	p = strrchr(text, ')');
	if (p)
		sscanf(p + 1,
		       " %*c %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s "
		       "%*s %*s %*s %*s %*s %*s %*s %*s %llu",
		       &t);
	return t;
}

static bool may_be_pid(const char *ident)
{
	return !ident[strspn(ident, "0123456789")];
}

/*
 * A pid without the process's start time could be another's when it is read, and
 * is left out where /proc does not show these pids.
 */
static void write_machines(const struct session *s, FILE *f)
{
	bool known = procfs_is_ours();

	for (u32 i = 0; i < s->nmachines; i++)
		if (s->machines[i].ident[0] &&
		    (known || !may_be_pid(s->machines[i].ident)))
			fprintf(f, "machine %llu %s\n",
				start_time(s->machines[i].ident),
				s->machines[i].ident);
}

void state_write(const struct session *s)
{
	char path[PATH_MAX], fresh[PATH_MAX + 8];
	bool failed;
	FILE *f;

	/* In namespaces of its own, the kernel cleans up. */
	if (s->private_net || !state_path(path, s->run->path))
		return;
	snprintf(fresh, sizeof(fresh), "%s.new", path);
	f = fopen(fresh, "we");
	if (f) {
		fprintf(f, "backend %s\n", s->backend.dir);
		/* Their pids died with their namespace, and mean others now. */
		if (!s->own_pids)
			write_machines(s, f);
	}
	failed = !f || ferror(f);
	if ((f && fclose(f)) || failed || rename(fresh, path))
		say("cannot write %s: %s; if this run is killed, you "
		    "must stop its machines by hand",
		    path, strerror(errno));
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
		.cleans_up = true,
	};
	struct script s;
	int ret = -ENAMETOOLONG;

	if (snprintf(path, sizeof(path), "%s/%s", dir, name) <
	    (int)sizeof(path))
		ret = script_spawn(&s, &spec);
	if (ret) {
		say("%s/%s%s%s cannot be executed: %s%s", dir, name,
		    arg ? " " : "", arg ? arg : "", strerror(-ret),
		    hint_exec(ret));
		return;
	}
	script_wait(&s);
	if (!script_verdict(&s, why, sizeof(why)))
		say("%s", why);
}

/* "STARTTIME IDENT": not if the pid has come to mean another process. */
static void undo_machine(const char *rundir, const char *dir, const char *line)
{
	char *ident;
	unsigned long long then = strtoull(line, &ident, 10);

	if (*ident == ' ')
		ident++;
	if (then && start_time(ident) != then)
		return;
	undo_script(rundir, dir, "stop_machine", ident);
}

/* A run that was killed is undone at some later time: by then other users may have
 * written what would be executed. */
static bool undo_trusted(const char *rundir, const char *dir)
{
	const char *data = data_dir();
	char why[1024];

	if (data && !trust_path(rundir, why, sizeof(why)) &&
	    !backend_trust(data, dir, why, sizeof(why)))
		return true;
	say("the machines of %s must be stopped by hand%s%s", rundir,
	    data ? ": " : "", data ? text_clean(why) : "");
	return false;
}

static void undo_lines(const char *rundir, FILE *f)
{
	char line[PATH_MAX + 16], dir[PATH_MAX] = "";

	while (fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = '\0';
		if (!strncmp(line, "backend ", 8)) {
			snprintf(dir, sizeof(dir), "%.4000s", line + 8);
			if (!undo_trusted(rundir, dir))
				return;
			setenv("VBENCH_BACKEND_DIR", dir, 1);
		} else if (!strncmp(line, "machine ", 8) && dir[0])
			undo_machine(rundir, dir, line + 8);
	}
	if (dir[0])
		undo_script(rundir, dir, "stop", NULL);
}

void session_undo(const char *rundir)
{
	char path[PATH_MAX];
	FILE *f = state_path(path, rundir) ? fopen(path, "re") : NULL;

	if (!f)
		return;
	if (data_dir())
		setenv("VBENCH_DIR", data_dir(), 1);
	setenv("VBENCH_RUN", rundir, 1);
	setenv("VBENCH_BRIDGE", "", 1);
	undo_lines(rundir, f);
	fclose(f);
	unsetenv("VBENCH_BACKEND_DIR");
	unsetenv("VBENCH_RUN");
}
