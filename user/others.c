// SPDX-License-Identifier: GPL-2.0-only
/*
 * A run binds an abstract socket of its own name, unix(7): every user can list it, and
 * the kernel takes it away however the run ends.  Any user can bind one of that name,
 * so the owner is asked for (sock_diag(7)), and said.
 */
#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <pwd.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "others.h"
#include "say.h"

#define RUNS "vbench-run."

struct others {
	unsigned int n;
	long pid; /* of the last one */
	uid_t uid;
};

/* Where the process can be seen, it belongs to the user who made the socket. */
static bool others_is_true(long pid, uid_t uid)
{
	char path[32];
	struct stat st;

	snprintf(path, sizeof(path), "/proc/%ld", pid);
	return stat(path, &st) ? errno == ENOENT : st.st_uid == uid;
}

static void others_take(struct others *o, const struct nlmsghdr *h)
{
	const struct unix_diag_msg *m = NLMSG_DATA(h);
	int left = (int)(h->nlmsg_len - NLMSG_LENGTH(sizeof(*m)));
	char name[sizeof(struct sockaddr_un)] = "";
	bool owned = false;
	uid_t uid = 0;
	long pid;

	for (const struct rtattr *a = (const void *)(m + 1); RTA_OK(a, left);
	     a = RTA_NEXT(a, left)) {
		if (a->rta_type == UNIX_DIAG_UID) {
			memcpy(&uid, RTA_DATA(a), sizeof(uid));
			owned = true;
		} else if (a->rta_type == UNIX_DIAG_NAME && RTA_PAYLOAD(a)) {
			/* The first byte is 0: the name is abstract. */
			snprintf(name, sizeof(name), "%.*s",
				 (int)RTA_PAYLOAD(a) - 1,
				 (const char *)RTA_DATA(a) + 1);
		}
	}
	if (!owned || sscanf(name, RUNS "%ld.", &pid) != 1 ||
	    !others_is_true(pid, uid))
		return;
	o->n++;
	o->pid = pid;
	o->uid = uid;
}

/* False at the end of the list. */
static bool others_take_some(struct others *o, int fd)
{
	static char buf[1 << 15] __attribute__((aligned(8)));
	ssize_t n = recv(fd, buf, sizeof(buf), 0);
	const struct nlmsghdr *h = (const void *)buf;

	if (n <= 0)
		return false;
	for (; NLMSG_OK(h, n); h = NLMSG_NEXT(h, n)) {
		if (h->nlmsg_type != SOCK_DIAG_BY_FAMILY)
			return false;
		others_take(o, h);
	}
	return true;
}

static void others_find(struct others *o)
{
	struct {
		struct nlmsghdr h;
		struct unix_diag_req r;
	} ask = {
		.h = { .nlmsg_len = sizeof(ask),
		       .nlmsg_type = SOCK_DIAG_BY_FAMILY,
		       .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP },
		.r = { .sdiag_family = AF_UNIX,
		       .udiag_states = ~0u,
		       .udiag_show = UDIAG_SHOW_NAME | UDIAG_SHOW_UID },
	};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);

	*o = (struct others){ 0 };
	if (fd < 0)
		return;
	if (send(fd, &ask, sizeof(ask), 0) == sizeof(ask))
		while (others_take_some(o, fd))
			;
	close(fd);
}

static void others_announce(void)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), len;
	unsigned int unique = 0;

	/* Nobody can have taken the name before. */
	if (getrandom(&unique, sizeof(unique), GRND_NONBLOCK) < 0)
		say_detail("no random numbers: %s", strerror(errno));
	len = snprintf(a.sun_path + 1, sizeof(a.sun_path) - 1, RUNS "%d.%08x",
		       getpid(), unique);
	/* It stays open. */
	if (fd >= 0 && bind(fd, (struct sockaddr *)&a,
			    offsetof(struct sockaddr_un, sun_path) + 1 + len))
		close(fd);
}

/* " of user NAME" unless it is the user who runs this one. */
static const char *others_user(uid_t uid, char *text, size_t size)
{
	const struct passwd *pw;

	text[0] = '\0';
	if (uid == geteuid())
		return text;
	pw = getpwuid(uid);
	if (pw)
		snprintf(text, size, " of user %s", pw->pw_name);
	else
		snprintf(text, size, " of user %u", uid);
	return text;
}

unsigned int others_warn(void)
{
	struct others o;
	char user[64];

	others_find(&o);
	others_announce();
	if (o.n == 1)
		say("another vbench runs on this machine (process %ld%s): each "
		    "disturbs the other's times",
		    o.pid, others_user(o.uid, user, sizeof(user)));
	else if (o.n)
		say("%u other vbench runs are active on this machine: "
		    "all disturb each other's times",
		    o.n);
	return o.n;
}
