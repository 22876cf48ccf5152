/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef VBENCH_TREE_H
#define VBENCH_TREE_H

#include <stdbool.h>

/*
 * Removes the folder @name of the folder @parent with all that is in it, if it is still
 * the one that is open as @fd.  It works on open folders alone and follows no link, so
 * nothing elsewhere is removed, whoever changes the tree meanwhile; what is mounted
 * there stays.  False if anything is left.
 */
bool tree_remove(int parent, const char *name, int fd);

#endif
