/* SPDX-License-Identifier: GPL-2.0-only */
/* Standard output, whose errors must not be lost. */
#ifndef VBENCH_STDOUT_H
#define VBENCH_STDOUT_H

#include <stdbool.h>
#include <stddef.h>

/*
 * For main(): from now on, an error in printing ends the program with a message and
 * EXIT_FAILED.  A closed pipe causes no message, as usual.
 */
void stdout_watch(void);

/* Prints what may be more than a buffer holds, so that a failure's cause is known. */
void stdout_write(const char *data, size_t len);

/* False if anything could not be printed; then the caller must report it. */
bool stdout_flush(void);

/* Reports that failure: "cannot @what", and the cause if it is known. */
void stdout_say(const char *what);

/*
 * stdout_flush(), and reports a failure: "cannot @what".  It also returns false
 * for a closed pipe, which it does not report.
 */
bool stdout_printed(const char *what);

#endif
