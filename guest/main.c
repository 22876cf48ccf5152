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

static const char usage[] =
	"usage: virtclient CLIENTID SERVERIP SERVERPORT EXTIFNAME IFADDR "
	"[INTIFNAME]\n"
	"\n"
	"The client of vbench: a backend's start_machine runs it, usually as\n"
	"the init of a guest (init=/virtclient CLIENTID ...).  Addresses may\n"
	"be written with / in place of the dots, which a kernel command line\n"
	"does not pass on.  As an ordinary process it configures no network.\n";

static int reexec(int argc, char **argv)
{
	const struct bench_entry *e = argc > 2 ? registry_find(argv[2]) : NULL;

	if (e && e->bench->reexec)
		return e->bench->reexec(argc - 3, argv + 3);
	fprintf(stderr, "virtclient: --reexec: no such benchmark\n");
	return 2;
}

int main(int argc, char **argv)
{
	bool init = getpid() == 1 && !getenv("VBENCH_NOT_INIT");
	struct client_args a;
	char why[MSG_TEXT_MAX];
	int ret;

	if (argc > 1 && !strcmp(argv[1], "--reexec"))
		return reexec(argc, argv);
	if (argc > 1 && !strcmp(argv[1], "--help")) {
		fputs(usage, stdout);
		return 0;
	}
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
