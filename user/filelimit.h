/* SPDX-License-Identifier: GPL-2.0-only */
/* How many files may be open at once (getrlimit(2), RLIMIT_NOFILE). */
#ifndef VBENCH_FILELIMIT_H
#define VBENCH_FILELIMIT_H

/* BPF's programs, their links, maps, and types of the kernel's modules. */
#define FILELIMIT_TRACE 80

/*
 * Raises the limit to @want, or as far as it may go, for a shell's is often low.
 * 0; or -EMFILE, said, where that is below @least.  @what needs them, as in
 * "4 machines need"; @hint: another remedy than a higher limit, or "".
 */
int filelimit_raise(unsigned int want, unsigned int least, const char *what,
		    const char *hint);

#endif
