/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef VBENCH_TRUST_H
#define VBENCH_TRUST_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

/*
 * Whether no other user can change @path, which is absolute, or put something else in
 * its place: checks each folder and link on the way to it.  0, or -errno with
 * path, owner and remedy in @why.  A missing file is no fault.
 */
int trust_path(const char *path, char *why, size_t size);

/* The same of a folder and of everything in it, also in the folders that it links to. */
int trust_folder(const char *dir, char *why, size_t size);

/*
 * Whether its mode lets users other than its owner write a file.  A group whose only
 * member is the owner is no other user.
 */
bool trust_others_write(const struct stat *st);

#endif
