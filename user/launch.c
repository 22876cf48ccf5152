// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>

#include "exit.h"
#include "launch.h"
#include "paths.h"
#include "sandbox.h"
#include "say.h"

struct launch {
	struct session s;
	int (*job)(struct session *s, void *arg);
	void *arg;
};

static int in_sandbox(void *arg)
{
	struct launch *l = arg;
	int ret;

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
	struct sandbox sb = {
		.private_net = !opt->ifname,
		.limit_s = opt->limit_s,
		.session = in_sandbox,
		.arg = &l,
	};
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
	l.s.opt = opt;
	l.s.nmachines = machines;
	l.s.want_host = want_host;
	l.s.private_net = sb.private_net;
	rundir_sweep(session_undo);
	if (rundir_make(&run))
		return EXIT_NOTHING;
	l.s.run = &run;
	ret = sandbox_run(&sb);
	rundir_remove(&run);
	return ret < 0 ? EXIT_NOTHING : ret;
}
