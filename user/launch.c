// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>

#include "exit.h"
#include "filelimit.h"
#include "launch.h"
#include "others.h"
#include "paths.h"
#include "sandbox.h"
#include "say.h"

/* The time to stop guests and run scripts after a signal.  It may be long, because a
 * second signal ends the run at once. */
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

/* Descriptors: of vbench itself, and of each machine (its socket, processes,
 * threads' schedstat, windows). */
#define FILES_OWN 48
#define FILES_EACH 16
#define FILES_EACH_LEAST 6

static int want_files(u32 machines, enum trace_wish trace)
{
	u32 want = FILES_OWN + FILES_EACH * machines;
	u32 least = FILES_OWN + FILES_EACH_LEAST * machines;
	const char *verb = machines == 1 ? " needs" : "s need";
	char what[64], hint[128], untraced[64] = "";

	if (trace)
		want += FILELIMIT_TRACE;
	if (trace == TRACE_MUST) {
		snprintf(untraced, sizeof(untraced),
			 "; a run without --trace needs only %u", least);
		least += FILELIMIT_TRACE;
		verb = machines == 1 ? " and its trace need" :
				       "s and their trace need";
	}
	snprintf(what, sizeof(what), "%u machine%s", machines, verb);
	snprintf(hint, sizeof(hint), "%s%s",
		 machines > 1 ? " or use fewer --machines=" : "", untraced);
	return filelimit_raise(want, least, what, hint);
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
		say("%s", text_clean(why));
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
	if (want_files(machines, opt->trace))
		return EXIT_NOTHING;
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
