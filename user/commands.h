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

#endif
