/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Writes an archive in the "newc" format
 * (Documentation/driver-api/early-userspace/buffer-format.rst).  Its own few
 * lines because cpio(1) cannot put a device node or another name into an
 * archive without there being one in a folder, which takes root.  Every
 * function ends the program with a message when it fails.
 */
#ifndef VBENCH_CPIO_H
#define VBENCH_CPIO_H

struct cpio;

struct cpio *cpio_open(const char *path);
void cpio_dir(struct cpio *c, const char *name);
void cpio_console(struct cpio *c);
/* The content of @path; .xz, .zst and .gz are decompressed. */
void cpio_file(struct cpio *c, const char *name, unsigned int mode,
	       const char *path);
void cpio_text(struct cpio *c, const char *name, const char *text);
void cpio_close(struct cpio *c);

#endif
