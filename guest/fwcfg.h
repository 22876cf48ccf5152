/* SPDX-License-Identifier: GPL-2.0-only */
/* Reads files that QEMU's -fw_cfg hands to a guest; no driver is needed. */
#ifndef VBENCH_FWCFG_H
#define VBENCH_FWCFG_H

#include <stddef.h>
#include <sys/types.h>

/* 0, or -errno where this machine has no such thing. */
int fwcfg_open(void);

/* The file's content, with a NUL: its length, or -ENOENT. */
ssize_t fwcfg_read(const char *name, char *buf, size_t size);

#endif
