/* SPDX-License-Identifier: GPL-2.0-only */
/* Standard output, whose errors must not be lost. */
#ifndef VBENCH_STDOUT_H
#define VBENCH_STDOUT_H

#include <stdbool.h>

/*
 * For main(): from now on, an error in printing ends the program with a message and
 * EXIT_FAILED.  A closed pipe causes no message, as usual.
 */
void stdout_watch(void);

/* 0, or -errno of the first failure; then the caller must report it. */
int stdout_flush(void);

/* The same, reported: "cannot print @what".  False if it failed. */
bool stdout_printed(const char *what);

#endif
