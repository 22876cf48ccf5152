// SPDX-License-Identifier: GPL-2.0-only
/* --emulated-host: runs vbench itself there, and brings back its files and logs. */
#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backend.h"
#include "commands.h"
#include "emulated-host.h"
#include "exit.h"
#include "image.h"
#include "others.h"
#include "output.h"
#include "paths.h"
#include "say.h"

/* Finds errors in the command line before the boot. */
static int check(const struct options *opt)
{
	const struct bench_entry **list;
	const char *data = data_dir();
	struct backend backend;
	char why[1024];
	size_t n;

	if (!data)
		return EXIT_NOTHING;
	if (backend_find(&backend, data, opt->backend, why, sizeof(why))) {
		say("%s", text_clean(why));
		return EXIT_USAGE;
	}
	list = options_select(opt, &n, why, sizeof(why));
	if (!list) {
		say("%s", text_clean(why));
		return EXIT_USAGE;
	}
	free(list);
	return 0;
}

/* Copies the guests' consoles: LOGFILES-N there becomes LOGFILES-N here. */
static void take_logs(const char *logfiles, const char *dir)
{
	char pattern[PATH_MAX], to[PATH_MAX];
	struct stat st;
	glob_t g;
	int ret;

	snprintf(pattern, sizeof(pattern), "%.4000s/console-*", dir);
	if (glob(pattern, 0, NULL, &g))
		return;
	for (size_t i = 0; i < g.gl_pathc; i++) {
		/* The emulated host is not trusted, and could have made links. */
		if (lstat(g.gl_pathv[i], &st) || !S_ISREG(st.st_mode))
			continue;
		snprintf(to, sizeof(to), "%.4000s-%s", logfiles,
			 strrchr(g.gl_pathv[i], '-') + 1);
		unlink(to);
		ret = image_copy(g.gl_pathv[i], to);
		if (ret)
			say("%s: %s", to, strerror(-ret));
	}
	globfree(&g);
}

static int run(struct emulated_host *h, char **argv, const char *dir,
	       bool on_stdout)
{
	char exe[PATH_MAX], text[PATH_MAX];
	const char *logfiles = h->logfiles;
	ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
	int ret;

	if (n <= 0 || mkdir(dir, 0700)) {
		say("cannot prepare %s: %s", dir, strerror(errno));
		return EXIT_NOTHING;
	}
	exe[n] = '\0';
	argv[0] = exe;
	setenv(ENV_OUTPUT_DIR, dir, 1);
	if (on_stdout)
		setenv(ENV_OUTPUT_STDOUT, "yes", 1);
	else
		unsetenv(ENV_OUTPUT_STDOUT);
	if (*logfiles) {
		snprintf(text, sizeof(text), "%.4000s/console", dir);
		setenv("LOGFILES", text, 1);
	}
	emulated_host_share(h, dir);
	ret = emulated_host_run(h, argv);
	unsetenv(ENV_OUTPUT_DIR);
	unsetenv(ENV_OUTPUT_STDOUT);
	if (*logfiles)
		take_logs(logfiles, dir);
	return ret;
}

int emulated_vbench(const struct options *opt, char **argv)
{
	struct outputs outputs;
	struct emulated_host h;
	char dir[PATH_MAX];
	int ret = check(opt);

	if (ret)
		return ret;
	if (outputs_open(&outputs, opt))
		return EXIT_USAGE;
	others_warn();
	ret = emulated_host_open(&h, opt->emulated_host);
	if (!ret) {
		snprintf(dir, sizeof(dir), "%.4000s/shared", h.run.path);
		ret = run(&h, argv, dir, outputs.on_stdout);
		if (!outputs_take(&outputs, dir) && !ret)
			ret = EXIT_FAILED;
	}
	emulated_host_close(&h);
	if (!outputs_settle(&outputs) && !ret)
		ret = EXIT_FAILED;
	return ret;
}
