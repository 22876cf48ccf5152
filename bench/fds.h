/* SPDX-License-Identifier: GPL-2.0-only */
/* The descriptors that a program starts with, and those that it hands on. */
#ifndef VBENCH_FDS_H
#define VBENCH_FDS_H

/*
 * First thing in main().  Where the caller closed standard input, output or
 * error, the next file to be opened would take its place, and what is printed
 * would go into that file.  Each closed one is replaced by a descriptor that can
 * neither be read nor written, so that printing a result still fails.
 */
void fds_secure_standard(void);

/*
 * No program that is executed from now on inherits a descriptor above 2 that
 * is open now.
 */
void fds_close_on_exec(void);

#endif
