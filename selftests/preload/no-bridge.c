// SPDX-License-Identifier: GPL-2.0-only
/* To be preloaded: a kernel that has no bridge and can load none (net/socket.c,
 * br_ioctl_call()). */
#include <dlfcn.h>
#include <errno.h>
#include <linux/sockios.h>
#include <stdarg.h>

int ioctl(int fd, unsigned long request, ...);

int ioctl(int fd, unsigned long request, ...)
{
	int (*real)(int, unsigned long, ...);
	va_list ap;
	void *arg;

	if (request == SIOCBRADDBR) {
		errno = ENOPKG;
		return -1;
	}
	va_start(ap, request);
	arg = va_arg(ap, void *);
	va_end(ap);
	*(void **)&real = dlsym(RTLD_NEXT, "ioctl");
	return real(fd, request, arg);
}
