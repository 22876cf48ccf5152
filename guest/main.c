// SPDX-License-Identifier: GPL-2.0-only
/*
 * virtclient: an ordinary process (backend local), or the init of a guest, in
 * its initramfs as well as on its root disk.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client.h"
#include "clock.h"
#include "fds.h"

static const char usage[] =
	"usage: virtclient CLIENTID SERVERIP SERVERPORT EXTIFNAME IFADDR "
	"[INTIFNAME]\n"
	"       virtclient --operations [NAME ...]\n"
	"\n"
	"The client of vbench: a backend's start_machine runs it, usually as\n"
	"the init of a guest (init=/virtclient CLIENTID ...).  Addresses may\n"
	"be written with / in place of the dots, which a kernel command line\n"
	"does not pass on.  As an ordinary process it configures no network.\n"
	"\n"
	"--operations runs those of the kernel module and prints their ticks;\n"
	"NAME may be a glob.\n";

static int reexec(int argc, char **argv)
{
	const struct bench_entry *e = argc > 2 ? registry_find(argv[2]) : NULL;

	if (e && e->bench->reexec)
		return e->bench->reexec(argc - 3, argv + 3);
	fprintf(stderr, "virtclient: --reexec: no such benchmark\n");
	return 2;
}

/* As virtbench's exec is executed again: virtbench.h. */
static bool counts_executions(int argc, char **argv)
{
	return exec_test && argc == 2 && *argv[1] &&
	       !argv[1][strspn(argv[1], "0123456789")];
}

/*
 * The kernel hands words of its command line that it does not know itself
 * ("nokaslr") to init, before those that follow "--" (init/main.c,
 * unknown_bootoption()).
 */
static int drop_unknown(int argc, char **argv)
{
	int n = 0;

	while (n < argc - 1 && strncmp(argv[n + 1], "--", 2) &&
	       (argv[n + 1][0] < '0' || argv[n + 1][0] > '9'))
		n++;
	memmove(argv + 1, argv + 1 + n, (argc - n) * sizeof(*argv));
	return argc - n;
}

/* On the root disk it is executed again, and keeps the first time. */
static void note_start(void)
{
	char ns[24];

	snprintf(ns, sizeof(ns), "%llu", (unsigned long long)clock_ns());
	setenv(ENV_INIT_NS, ns, 0);
}

int main(int argc, char **argv)
{
	bool init = getpid() == 1 && !getenv("VBENCH_NOT_INIT");
	struct client_args a;
	char why[MSG_TEXT_MAX];
	int ret;

	if (init)
		note_start();
	if (init)
		argc = drop_unknown(argc, argv);
	else
		fds_secure_standard();
	if (argc > 1 && !strcmp(argv[1], "--reexec"))
		return reexec(argc, argv);
	argv0 = (char *)bench_exe();
	if (!init && counts_executions(argc, argv))
		exec_test(argv[1]);
	if (argc > 1 && !strcmp(argv[1], "--operations")) {
		ret = client_operations(argv + 2, init);
		if (init)
			init_power_off();
		return ret;
	}
	if (argc > 1 && !strcmp(argv[1], "--help")) {
		fputs(usage, stdout);
		return 0;
	}
	if (init && argc > 2 && !strcmp(argv[1], "--template"))
		argv = init_template(&argc, argv);
	if (client_parse(argc, argv, &a, why, sizeof(why))) {
		fprintf(stderr, "virtclient: %s\n%s", why, usage);
		if (init)
			init_power_off();
		return 2;
	}
	if (init)
		setenv("VBENCH_NOTES", init_machine(argv, &a), 1);
	ret = client_serve(&a);
	if (init)
		init_power_off();
	return ret;
}
