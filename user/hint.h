/* SPDX-License-Identifier: GPL-2.0-only */
/* Known causes of what the kernel refuses with a bare errno. */
#ifndef VBENCH_HINT_H
#define VBENCH_HINT_H

/* Ubuntu's, since 23.10: "1" takes the capabilities of unprivileged users'
 * namespaces away. */
#define HINT_APPARMOR "/proc/sys/kernel/apparmor_restrict_unprivileged_userns"

/*
 * What may be behind -@err of something done with namespaces, and the way round;
 * "" where nothing is known.  @apparmor: HINT_APPARMOR, or a test's own file.
 */
const char *hint_namespaces(int err, const char *apparmor);

/* How to find room where -@err says that there is none, else "". */
const char *hint_space(int err);

#endif
