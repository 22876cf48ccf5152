/* SPDX-License-Identifier: GPL-2.0-only */
/* How many files may be open at once (getrlimit(2), RLIMIT_NOFILE). */
#ifndef VBENCH_FILELIMIT_H
#define VBENCH_FILELIMIT_H

/* BPF's programs, their links, maps, and types of the kernel's modules. */
#define FILELIMIT_TRACE 80

/*
 * Raises the limit to @want, or as far as this process may, because a shell's limit
 * is often low.  Returns 0, or -EMFILE with a message if the limit is below @least.
 * @what begins the message's "need", as in "4 machines need"; @hint is another remedy
 * than a higher limit, or "".
 */
int filelimit_raise(unsigned int want, unsigned int least, const char *what,
		    const char *hint);

#endif
