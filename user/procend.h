/* SPDX-License-Identifier: GPL-2.0-only */
/* How a process ended. */
#ifndef PROCEND_H
#define PROCEND_H

#include <stddef.h>
#include <sys/types.h>

/*
 * Of the child @pid, which remains to be waited for: " (exit status 1)"; empty where
 * it has not ended, or is no child of this process.
 */
const char *procend_text(pid_t pid, char *buf, size_t size);

#endif
