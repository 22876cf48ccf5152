// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>

#include "exit.h"
#include "launch.h"
#include "others.h"
#include "paths.h"
#include "sandbox.h"
#include "say.h"

/* To stop guests and run scripts when told to end: an orderly end is better
 * than a quick one, and a second signal is quick. */
#define GRACE_S 90

struct launch {
	struct sandbox sb;
	struct session s;
	int (*job)(struct session *s, void *arg);
	void *arg;
};

static int in_sandbox(void *arg)
{
	struct launch *l = arg;
	int ret;

	l->s.own_pids = l->sb.own_pids;
	ret = session_open(&l->s);
	if (!ret)
		ret = l->job(&l->s, l->arg);
	say_progress("%s", "");
	session_close(&l->s);
	return ret;
}

int launch(const struct options *opt, u32 machines, bool want_host,
	   int (*job)(struct session *s, void *arg), void *arg)
{
	struct launch l = { .job = job, .arg = arg };
	const char *data = data_dir();
	struct rundir run;
	char why[1024];
	int ret;

	if (!data)
		return EXIT_NOTHING;
	if (backend_find(&l.s.backend, data, opt->backend, why, sizeof(why))) {
		say("%s", why);
		return EXIT_USAGE;
	}
	l.sb = (struct sandbox){
		.private_net = !opt->ifname,
		.limit_s = opt->limit_s,
		.session = in_sandbox,
		.arg = &l,
		.grace_s = GRACE_S,
	};
	l.s.opt = opt;
	l.s.nmachines = machines;
	l.s.want_host = want_host;
	l.s.private_net = l.sb.private_net;
	l.s.others = others_warn();
	rundir_sweep(session_undo);
	if (rundir_make(&run))
		return EXIT_NOTHING;
	l.s.run = &run;
	ret = sandbox_run(&l.sb);
	if (l.sb.killed)
		session_undo(run.path);
	rundir_remove(&run);
	return ret < 0 ? EXIT_NOTHING : ret;
}
