/* SPDX-License-Identifier: GPL-2.0-only */
/* Known causes of errors for which the kernel gives only an errno. */
#ifndef VBENCH_HINT_H
#define VBENCH_HINT_H

#include <stdbool.h>

/* Ubuntu's, since 23.10: "1" takes the capabilities of unprivileged users'
 * namespaces away. */
#define HINT_APPARMOR "/proc/sys/kernel/apparmor_restrict_unprivileged_userns"

/*
 * The likely cause of -@err from a call about namespaces, and a remedy; "" if none is
 * known.  @apparmor: HINT_APPARMOR, or a test's own file.
 */
const char *hint_namespaces(int err, const char *apparmor);

/* Of a process with this root: a test may have a file of its own. */
#define HINT_MOUNTS "/proc/self/mountinfo"

/*
 * Whether this process is in a chroot for certain: none of the @mounts that it can see
 * is its root.  A chroot to a mount point, or without /proc, looks like none.
 */
bool hint_in_chroot(const char *mounts);

/* What to do about a script for which exec(2) gives -@err, or "". */
const char *hint_exec(int err);

/* How to make room if -@err means a full disk, else "". */
const char *hint_space(int err);

#endif
