/* SPDX-License-Identifier: GPL-2.0-only */
/* What main() dispatches to: each returns the exit status. */
#ifndef VBENCH_COMMANDS_H
#define VBENCH_COMMANDS_H

#include "options.h"

/* "vbench BACKEND": cmd-run.c */
int cmd_run(const struct options *opt);
/* "vbench list [BACKEND]": cmd-list.c */
int cmd_list(const struct options *opt);
/* "vbench show RESULT.json [OTHER.json]": cmd-show.c */
int cmd_show(const struct options *opt);
/* "vbench trace PID|--all", which has options of its own: cmd-trace.c */
int cmd_trace(int argc, char **argv);

/* "vbench emulated-host COMMAND": cmd-emulated-host.c, with options of its own */
int cmd_emulated_host(int argc, char **argv);
/* --emulated-host: this program again, there, with the arguments @argv:
 * emulated-vbench.c */
int emulated_vbench(const struct options *opt, char **argv);

#endif
