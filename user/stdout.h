/* SPDX-License-Identifier: GPL-2.0-only */
/* Standard output, whose errors must not be lost. */
#ifndef VBENCH_STDOUT_H
#define VBENCH_STDOUT_H

/*
 * In main(): whatever is printed from now on, an error ends the program with a
 * message and EXIT_FAILED.  A reader who is gone causes no message, as usual.
 */
void stdout_watch(void);

/* 0, or -errno of the first failure; who asks must say it. */
int stdout_flush(void);

#endif
