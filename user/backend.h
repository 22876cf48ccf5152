/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A backend: a folder with the executable scripts start, start_machine,
 * stop_machine and stop.  There is no list of them anywhere.
 */
#ifndef VBENCH_BACKEND_H
#define VBENCH_BACKEND_H

#include "script.h"

struct backend {
	char name[64];
	char dir[PATH_MAX];
	bool needs_disk; /* rootfs/virtbench-root-N is made for each machine */
	char no_exits[256]; /* "", or why there are none that KVM sees */
};

/*
 * @name is a folder below $VBENCH_BACKENDS, @data's backends/ or the current
 * folder, which are looked through in this order, or a path.  0, or -ENOENT,
 * -EACCES or, where others could have written its scripts, -EPERM, with cause and
 * remedy in @why.
 */
int backend_find(struct backend *b, const char *data, const char *name,
		 char *why, size_t size);

/* Whether no other user could have written the scripts in @dir: 0, or -errno with
 * cause and remedy in @why. */
int backend_trust(const char *data, const char *dir, char *why, size_t size);

/* Calls @each with the name of every backend that is found by name. */
void backend_each(const char *data, void (*each)(const char *name, void *arg),
		  void *arg);

/* Starts one of its scripts; see struct script_spec for the rest. */
int backend_spawn(const struct backend *b, struct script *s, const char *script,
		  struct script_spec *spec);

#endif
