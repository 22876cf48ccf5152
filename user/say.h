/* SPDX-License-Identifier: GPL-2.0-only */
/* Everything that goes to stderr: messages, and how far the run is. */
#ifndef VBENCH_SAY_H
#define VBENCH_SAY_H

#include <stdbool.h>

/* Whether say_detail() says anything; set once by -v. */
void say_set_verbose(bool on);
/* Whether say_progress() says nothing; set once by --quiet. */
void say_set_quiet(bool on);

/* "vbench: ..." */
void say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void say_detail(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/*
 * Replaces the line of progress where stderr is a terminal; messages print above
 * it, and "" takes it away.  Elsewhere a line is printed every 10 seconds.
 */
void say_progress(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
