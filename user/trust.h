/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef VBENCH_TRUST_H
#define VBENCH_TRUST_H

#include <stddef.h>

/*
 * Whether nobody else could have written what is in @dir, an absolute path without
 * symbolic links: 0, or -EPERM with path, owner and remedy in @why.
 */
int trust_folder(const char *dir, char *why, size_t size);

#endif
