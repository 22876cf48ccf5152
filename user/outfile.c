// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "caller.h"
#include "outfile.h"
#include "rescue.h"
#include "say.h"

#define LINKS_MAX 40 /* the kernel's limit: path_resolution(7) */
/* Name and suffix together must fit in NAME_MAX. */
#define BASE_MAX 230

bool outfile_is_stream(const struct outfile *f)
{
	return !f->temporary[0];
}

/* The number that @text is, or -1. */
static int outfile_number(const char *text)
{
	char *end;
	long n = strtol(text, &end, 10);

	return end == text || *end || n < 0 || n > INT_MAX ? -1 : (int)n;
}

/* Looks only at the name, because /dev may lack these links. */
static int outfile_well_known(const char *path)
{
	if (!strcmp(path, "-") || !strcmp(path, "/dev/stdout"))
		return STDOUT_FILENO;
	if (!strcmp(path, "/dev/stderr"))
		return STDERR_FILENO;
	return strncmp(path, "/dev/fd/", 8) ? -1 : outfile_number(path + 8);
}

static bool outfile_is_own_fd_folder(const char *dir)
{
	static const char *const names[] = { "/proc/self/fd",
					     "/proc/thread-self/fd" };
	char real[PATH_MAX];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (realpath(names[i], real) && !strcmp(dir, real))
			return true;
	return false;
}

static bool outfile_is_proc(const char *dir)
{
	struct statfs fs;

	return !statfs(dir, &fs) && fs.f_type == PROC_SUPER_MAGIC;
}

/* Makes @path canonical except its last component, which @base then points to. */
static int outfile_canonical(char *path, char **base)
{
	char dir[PATH_MAX], real[PATH_MAX], name[NAME_MAX + 1];
	const char *slash = strrchr(path, '/');
	int n = slash ? (int)(slash - path) : 0;

	if (snprintf(name, sizeof(name), "%s", slash ? slash + 1 : path) >=
	    (int)sizeof(name))
		return -ENAMETOOLONG;
	if (!*name || !strcmp(name, ".") || !strcmp(name, ".."))
		return *path ? -EISDIR : -ENOENT;
	snprintf(dir, sizeof(dir), "%.*s", n, path);
	if (!realpath(!slash ? "." : n ? dir : "/", real))
		return -errno;
	n = snprintf(path, PATH_MAX, "%s/%s", real[1] ? real : "", name);
	if (n >= PATH_MAX)
		return -ENAMETOOLONG;
	*base = strrchr(path, '/') + 1;
	return 0;
}

/*
 * Follows the links in @path, which has room for PATH_MAX, to the file at their
 * end, which need not exist: 0 or -errno.  It does not follow links in
 * /proc/PID/fd: the open file may no longer have that name.  If the descriptor is
 * this process's own, @fd is its number.
 */
static int outfile_resolve(char *path, int *fd)
{
	char target[PATH_MAX], *base = path;
	ssize_t n;
	int ret;

	for (int i = 0; i < LINKS_MAX; i++) {
		*fd = outfile_well_known(path);
		ret = *fd < 0 ? outfile_canonical(path, &base) : 0;
		if (ret || *fd >= 0)
			return ret;
		n = readlink(path, target, sizeof(target) - 1);
		if (n < 0)
			return 0;
		target[n] = '\0';
		base[-1] = '\0';
		if (outfile_is_own_fd_folder(path))
			*fd = outfile_number(base);
		if (*fd >= 0 || outfile_is_proc(*path ? path : "/")) {
			base[-1] = '/';
			return 0;
		}
		base[-1] = '/';
		if (target[0] == '/')
			*base = '\0';
		n = target[0] == '/' ? 0 : base - path;
		if (snprintf(path + n, PATH_MAX - n, "%s", target) >=
		    PATH_MAX - n)
			return -ENAMETOOLONG;
	}
	return -ELOOP;
}

int outfile_standard(const char *given)
{
	char path[PATH_MAX];
	int fd;

	if (snprintf(path, sizeof(path), "%s", given) >= (int)sizeof(path) ||
	    outfile_resolve(path, &fd))
		return -1;
	return fd;
}

static mode_t outfile_new_mode(void)
{
	mode_t mask = umask(0);

	umask(mask);
	return 0666 & ~mask;
}

/*
 * Whether another user owns @st in a folder where everybody can make files, such as
 * /tmp, and could read or change the results: the rule of fs.protected_regular,
 * proc(5).
 */
static bool outfile_is_planted(const struct outfile *f, const struct stat *st)
{
	const char *slash = strrchr(f->path, '/');
	char folder[PATH_MAX];
	struct stat dir;

	snprintf(folder, sizeof(folder), "%.*s", (int)(slash - f->path) + 1,
		 f->path);
	return !stat(folder, &dir) && dir.st_mode & S_ISVTX &&
	       dir.st_mode & S_IWOTH && st->st_uid != dir.st_uid &&
	       st->st_uid != geteuid() && !caller_is(st->st_uid);
}

/*
 * Gives the result the owner and mode of the file that it replaces, or a new file's.
 * This must come last: the old file's owner must not write to unfinished results.
 */
static void outfile_set_mode(const struct outfile *f)
{
	mode_t mode = outfile_new_mode();
	struct stat old;

	if (!lstat(f->path, &old) && S_ISREG(old.st_mode) &&
	    !outfile_is_planted(f, &old)) {
		mode = old.st_mode & 0777;
		/* A user may pass on the group alone. */
		if (fchown(f->fd, old.st_uid, old.st_gid) &&
		    fchown(f->fd, -1, old.st_gid))
			say_detail("%s: %s", f->temporary, strerror(errno));
	}
	if (fchmod(f->fd, mode))
		say_detail("%s: %s", f->temporary, strerror(errno));
}

/* A file that is locked belongs to a run that still writes it. */
static void outfile_tell_left(const char *path)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

	if (fd < 0)
		return;
	if (!fstat(fd, &st) && S_ISREG(st.st_mode) && st.st_uid == geteuid() &&
	    !flock(fd, LOCK_SH | LOCK_NB))
		say(st.st_size ? "a run that was killed left its results so "
				 "far in %s: use or remove that file" :
				 "a run that was killed left %s, which is "
				 "empty: remove it",
		    path);
	close(fd);
}

/* Reports unfinished results that killed runs left under this name. */
static void outfile_look_for_left(const struct outfile *f, const char *base)
{
	size_t len = strnlen(base, BASE_MAX);
	char path[PATH_MAX];
	struct dirent *e;
	DIR *d;

	snprintf(path, sizeof(path), "%.*s", (int)(base - f->path), f->path);
	d = opendir(path);
	while (d && (e = readdir(d))) {
		if (strncmp(e->d_name, base, len) ||
		    strncmp(e->d_name + len, ".vbench-", 8) ||
		    strlen(e->d_name + len) != strlen(OUTFILE_SUFFIX))
			continue;
		if (snprintf(path, sizeof(path), "%.*s%s",
			     (int)(base - f->path), f->path,
			     e->d_name) < (int)sizeof(path))
			outfile_tell_left(path);
	}
	if (d)
		closedir(d);
}

static bool *outfile_make_flag(void)
{
	void *p = mmap(NULL, sizeof(bool), PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

static int outfile_make(struct outfile *f)
{
	bool *flag = outfile_make_flag();
	int ret = -ENOMEM;

	if (flag) {
		f->fd = mkostemp(f->temporary, O_CLOEXEC);
		ret = f->fd < 0 ? -errno : 0;
	}
	if (!ret) {
		f->dropped = flag;
		/* Where there are no locks, nobody misses it. */
		flock(f->fd, LOCK_EX | LOCK_NB);
		return 0;
	}
	if (flag)
		munmap(flag, sizeof(*flag));
	f->temporary[0] = '\0';
	return ret;
}

/* The folder takes no new file, but @f->path can be written. */
static int outfile_make_away(struct outfile *f)
{
	const char *dir = getenv("TMPDIR");

	f->away = true;
	if (snprintf(f->temporary, sizeof(f->temporary),
		     "%s/vbench-results-XXXXXX",
		     dir && *dir ? dir : "/tmp") >= (int)sizeof(f->temporary))
		return -ENAMETOOLONG;
	return outfile_make(f);
}

static int outfile_make_temporary(struct outfile *f, bool replaces)
{
	const char *base = strrchr(f->path, '/') + 1;
	int ret;

	outfile_look_for_left(f, base);
	if (snprintf(f->temporary, sizeof(f->temporary), "%.*s%.*s%s",
		     (int)(base - f->path), f->path, BASE_MAX, base,
		     OUTFILE_SUFFIX) >= (int)sizeof(f->temporary))
		return -ENAMETOOLONG;
	ret = outfile_make(f);
	if (replaces && (ret == -EACCES || ret == -EROFS || ret == -EPERM))
		ret = outfile_make_away(f);
	return ret;
}

/* Waits for the first reader. */
static int outfile_open_fifo(struct outfile *f)
{
	f->fd = open(f->path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
	if (f->fd >= 0)
		return fcntl(f->fd, F_SETFL, 0) ? -errno : 0;
	if (errno != ENXIO)
		return -errno;
	say("waiting for a reader of %s, which is a FIFO", f->path);
	f->fd = open(f->path, O_WRONLY | O_CLOEXEC);
	return f->fd < 0 ? -errno : 0;
}

static int outfile_copy_standard(struct outfile *f)
{
	int flags = fcntl(f->standard, F_GETFL);

	if (flags < 0 || flags & O_PATH || (flags & O_ACCMODE) == O_RDONLY)
		return -EBADF;
	f->fd = fcntl(f->standard, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	return f->fd < 0 ? -errno : 0;
}

static const char *outfile_open_resolved(struct outfile *f)
{
	const char *why;
	struct stat st;
	int ret;

	if (f->standard >= 0)
		ret = outfile_copy_standard(f);
	else if (stat(f->path, &st))
		ret = errno == ENOENT ? outfile_make_temporary(f, false) :
					-errno;
	else if (S_ISDIR(st.st_mode))
		ret = -EISDIR;
	else if (S_ISBLK(st.st_mode))
		return "it is a block device, whose data would be lost";
	else if (access(f->path, W_OK))
		ret = -errno;
	else if (outfile_is_planted(f, &st))
		return "the existing file belongs to another user, in a folder "
		       "where every user can make files: name another file, or "
		       "remove that one";
	else if (S_ISFIFO(st.st_mode))
		ret = outfile_open_fifo(f);
	else if (S_ISREG(st.st_mode) && outfile_is_proc(f->path))
		return "it is a kernel file, which cannot hold results";
	else if (S_ISREG(st.st_mode) && (why = outfile_check_standard(&st)))
		return why;
	else if (S_ISREG(st.st_mode))
		ret = outfile_make_temporary(f, true);
	else {
		f->fd = open(f->path, O_WRONLY | O_NOCTTY | O_CLOEXEC);
		ret = f->fd < 0 ? -errno : 0;
	}
	return ret ? strerror(-ret) : NULL;
}

const char *outfile_open(struct outfile *f, const char *given,
			 const char *suffix)
{
	struct stat st;
	int ret;

	*f = (struct outfile){ .fd = -1, .standard = -1, .suffix = suffix };
	/*
	 * readlink(2) knows nothing of fs.protected_symlinks: first follow the
	 * links as open(2) does.
	 */
	if (outfile_well_known(given) < 0 && stat(given, &st) &&
	    errno != ENOENT)
		return strerror(errno);
	if (snprintf(f->path, sizeof(f->path), "%s", given) >=
	    (int)sizeof(f->path))
		return strerror(ENAMETOOLONG);
	ret = outfile_resolve(f->path, &f->standard);
	return ret ? strerror(-ret) : outfile_open_resolved(f);
}

/* Frees the space at once, because results may be rescued to the same disk. */
void outfile_drop(const struct outfile *f)
{
	if (outfile_is_stream(f))
		return;
	*f->dropped = true;
	if (ftruncate(f->fd, 0))
		say_detail("%s: %s", f->temporary, strerror(errno));
}

int outfile_put(const struct outfile *f, const char *data, size_t len)
{
	int ret = rescue_write(f->fd, data, len);

	if (ret)
		outfile_drop(f);
	return ret;
}

/* Whether the temporary name still leads to the file that was written. */
static bool outfile_is_there(const struct outfile *f, const struct stat *st)
{
	struct stat now;

	return !lstat(f->temporary, &now) && now.st_dev == st->st_dev &&
	       now.st_ino == st->st_ino;
}

/* Reserves the space first, so that a full disk cannot leave half of the new
 * content in place of the old. */
static int outfile_overwrite(const struct outfile *f, off_t size)
{
	int out = open(f->path, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;
	int ret = 0;

	if (out < 0)
		return -errno;
	if (fstat(out, &st) || outfile_is_planted(f, &st))
		ret = -EPERM;
	if (!ret && fallocate(out, FALLOC_FL_KEEP_SIZE, 0, size) &&
	    errno != EOPNOTSUPP && errno != ENOSYS)
		ret = -errno;
	if (!ret)
		ret = rescue_copy(f->fd, out);
	if (!ret && ftruncate(out, size))
		ret = -errno;
	if (close(out) && !ret)
		ret = -errno;
	return ret;
}

/*
 * rename(2) fails with EBUSY for a mount point, as containers have, and with the other
 * three errors if the folder is read-only although the file can be written.
 */
static int outfile_place(const struct outfile *f, const struct stat *st)
{
	bool there = outfile_is_there(f, st);
	int ret;

	if (fsync(f->fd) && errno != EINVAL)
		return -errno;
	if (!f->away) {
		if (!there)
			return -ENOENT;
		outfile_set_mode(f);
		if (!rename(f->temporary, f->path))
			return 0;
		if (errno != EBUSY && errno != EPERM && errno != EACCES &&
		    errno != EROFS)
			return -errno;
	}
	ret = outfile_overwrite(f, st->st_size);
	if (!ret && there)
		unlink(f->temporary);
	return ret;
}

static void outfile_keep(const struct outfile *f, const struct stat *st,
			 int err)
{
	const char *kept = f->temporary;
	char path[PATH_MAX];
	int ret;

	if (!outfile_is_there(f, st)) {
		ret = rescue_file(f->fd, path, f->suffix);
		if (ret) {
			say("%s cannot be written: %s; the results are lost: "
			    "%s",
			    f->path, strerror(-err), strerror(-ret));
			return;
		}
		kept = path;
	}
	say("%s cannot be written: %s; the results are in %s", f->path,
	    strerror(-err), kept);
}

static bool outfile_settle_regular(struct outfile *f)
{
	struct stat st;
	int ret = fstat(f->fd, &st) ? -errno : 0;

	if (!ret && (*f->dropped || !st.st_size)) {
		if (outfile_is_there(f, &st))
			unlink(f->temporary);
		return true;
	}
	if (!ret)
		ret = outfile_place(f, &st);
	if (ret)
		outfile_keep(f, &st, ret);
	return !ret;
}

bool outfile_settle(struct outfile *f)
{
	bool good = true;

	if (f->fd < 0)
		return true;
	if (!outfile_is_stream(f)) {
		good = outfile_settle_regular(f);
		munmap(f->dropped, sizeof(*f->dropped));
	}
	if (close(f->fd) && good) {
		say("%s: closing it failed: %s", f->path, strerror(errno));
		good = false;
	}
	f->fd = -1;
	return good;
}
