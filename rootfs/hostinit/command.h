/* SPDX-License-Identifier: GPL-2.0-only */
/* The command that an emulated host was started for. */
#ifndef VBENCH_HOSTCOMMAND_H
#define VBENCH_HOSTCOMMAND_H

#include <sys/types.h>

#include "link.h"

struct command {
	char **argv, **envp;
	size_t argc, envc;
	char *cwd;
	unsigned int nshares;
	struct link_terminal terminal[3];
	bool is_terminal[3];
	pid_t pid;
	int in; /* to its standard input; -1 closed */
	int out[3]; /* 1, 2: from its output and error; -1 at the end */
};

/* Takes one frame in: 0, 1 when it was LINK_START, or -errno. */
int command_take(struct command *c, const struct frame *f);

/* Starts it; 0, or -errno with @what failed. */
int command_spawn(struct command *c, const char **what);

#endif
