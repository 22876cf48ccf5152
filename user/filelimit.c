// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <sys/resource.h>

#include "filelimit.h"
#include "say.h"

int filelimit_raise(unsigned int want, unsigned int least, const char *what,
		    const char *hint)
{
	struct rlimit rl;

	if (getrlimit(RLIMIT_NOFILE, &rl) || rl.rlim_cur >= want)
		return 0;
	rl.rlim_cur = rl.rlim_max < want ? rl.rlim_max : want;
	if (!setrlimit(RLIMIT_NOFILE, &rl) && rl.rlim_cur >= least)
		return 0;
	say("only %llu files may be open at once, but %s %u: raise the limit "
	    "(ulimit -n)%s",
	    (unsigned long long)rl.rlim_cur, what, least, hint);
	return -EMFILE;
}
