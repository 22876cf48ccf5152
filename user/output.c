// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../bench/clock.h"
#include "output.h"
#include "say.h"

/* A rewriting that took a millisecond is followed by none for 50. */
#define REWRITE_PART 50

/* Made in memory: the disk may be full. */
static FILE *text_open(struct text *t)
{
	*t = (struct text){ 0 };
	return open_memstream(&t->data, &t->len);
}

static mode_t plain_mode(void)
{
	mode_t mask = umask(0);

	umask(mask);
	return 0666 & ~mask;
}

/* As the file that it will replace, or as a new one. */
static void set_mode(const struct output *o, const struct stat *old)
{
	mode_t mode = old ? old->st_mode & 07777 : plain_mode();

	if ((old && fchown(o->fd, old->st_uid, old->st_gid)) ||
	    fchmod(o->fd, mode))
		say_detail("%s: %s", o->temporary, strerror(errno));
}

static int open_temporary(struct output *o, const struct stat *old)
{
	if (snprintf(o->temporary, sizeof(o->temporary), "%s.XXXXXX",
		     o->path) >= (int)sizeof(o->temporary))
		return -ENAMETOOLONG;
	o->fd = mkostemp(o->temporary, O_CLOEXEC);
	if (o->fd >= 0) {
		set_mode(o, old);
		return 0;
	}
	o->temporary[0] = '\0';
	return -errno;
}

static int open_one(struct output *o, const char *path)
{
	struct stat st;

	/* realpath() reads links, which fs.protected_symlinks knows nothing of:
	 * follow it once as open() would. */
	if (stat(path, &st) && errno != ENOENT)
		return -errno;
	if (!realpath(path, o->path) && snprintf(o->path, sizeof(o->path), "%s",
						 path) >= (int)sizeof(o->path))
		return -ENAMETOOLONG;
	if (stat(o->path, &st))
		return errno == ENOENT ? open_temporary(o, NULL) : -errno;
	if (S_ISDIR(st.st_mode))
		return -EISDIR;
	if (access(o->path, W_OK))
		return -errno;
	if (S_ISREG(st.st_mode))
		return open_temporary(o, &st);
	o->fd = open(o->path, O_WRONLY | O_CLOEXEC);
	return o->fd < 0 ? -errno : 0;
}

static void place_in(char *path, const char *dir, size_t i, const char *suffix)
{
	snprintf(path, PATH_MAX, "%.4000s/out-%zu%s", dir, i, suffix);
}

static int open_nth(struct output *out, const char *path, size_t i)
{
	const char *dir = getenv(ENV_OUTPUT_DIR);
	char place[PATH_MAX];

	if (!dir)
		return open_one(out, path);
	place_in(place, dir, i, "");
	return open_one(out, place);
}

int outputs_open(struct outputs *o, const struct options *opt)
{
	int ret;

	o->n = 0;
	for (size_t i = 0; i < opt->noutputs; i++) {
		struct output *out = &o->list[o->n++];

		*out = (struct output){
			.report = opt->outputs[i].report,
			.fd = -1,
		};
		ret = open_nth(out, opt->outputs[i].path, i);
		if (!ret)
			continue;
		say("--%s=%s cannot be written: %s", out->report->name,
		    opt->outputs[i].path, strerror(-ret));
		outputs_settle(o);
		return ret;
	}
	return 0;
}

static bool is_regular(const struct output *o)
{
	return o->temporary[0] != '\0';
}

static int write_at(const struct output *o, const struct text *t, off_t at)
{
	size_t done = 0;
	ssize_t n;

	while (done < t->len) {
		n = is_regular(o) ? pwrite(o->fd, t->data + done, t->len - done,
					   at + done) :
				    write(o->fd, t->data + done, t->len - done);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		done += n;
	}
	return 0;
}

static int whole_document(FILE *f, const struct report *rep,
			  const struct results *r)
{
	int ret = rep->begin(f, r);
	bool first = true;

	for (size_t i = 0; i < r->nitems && !ret; i++) {
		if (!result_reportable(r->items[i]))
			continue;
		ret = rep->result(f, r, r->items[i], first);
		first = false;
	}
	return ret ? ret : rep->end(f, r);
}

static void failed(struct output *o, int err)
{
	o->err = err;
	say("%s: %s; going on without it", o->path, strerror(-err));
}

static int make_document(const struct output *o, const struct results *r,
			 struct text *t)
{
	FILE *f = text_open(t);

	if (!f || whole_document(f, o->report, r) || fclose(f))
		return -ENOMEM;
	return 0;
}

static int put(struct output *o, const struct text *t)
{
	int ret = write_at(o, t, 0);

	if (!ret && ftruncate(o->fd, t->len))
		ret = -errno;
	return ret;
}

/*
 * Puts the whole document in the place of the last one; in one piece, so that no
 * signal comes between.  Where it finds no room the last one is put back: those
 * blocks exist already.
 */
static void rewrite(struct output *o, const struct results *r)
{
	u64 begin = clock_ns();
	struct text t;
	int ret;

	ret = make_document(o, r, &t);
	if (!ret)
		ret = put(o, &t);
	if (ret) {
		free(t.data);
		failed(o, ret);
		if (put(o, &o->last))
			say_detail("%s: %s", o->temporary, strerror(errno));
		return;
	}
	free(o->last.data);
	o->last = t;
	o->written = clock_ns();
	o->took = o->written - begin;
}

/* Not so often that it takes a part of the run worth mention. */
static bool due(const struct output *o)
{
	return clock_ns() - o->written > REWRITE_PART * o->took;
}

/* What @ret says of what was printed to a device or pipe, once it is there. */
static void flush(struct output *o, int ret)
{
	if (fflush(o->stream) || ret)
		failed(o, errno ? -errno : -EIO);
}

static void begin_stream(struct output *o, const struct results *r)
{
	o->stream = fdopen(o->fd, "w");
	if (o->stream)
		flush(o, o->report->begin(o->stream, r));
	else
		failed(o, -errno);
}

static void stream_result(struct output *o, const struct results *r,
			  const struct result *res)
{
	flush(o, o->report->result(o->stream, r, res, !o->streamed));
	o->streamed = true;
}

void outputs_begin(struct outputs *o, const struct results *r)
{
	for (size_t i = 0; i < o->n; i++) {
		if (is_regular(&o->list[i]))
			rewrite(&o->list[i], r);
		else
			begin_stream(&o->list[i], r);
		o->list[i].begun = true;
	}
}

void outputs_update(struct outputs *o, const struct results *r)
{
	for (size_t i = 0; i < o->n; i++)
		if (!o->list[i].err && is_regular(&o->list[i]) &&
		    due(&o->list[i]))
			rewrite(&o->list[i], r);
}

void outputs_result(struct outputs *o, const struct results *r,
		    const struct result *res)
{
	for (size_t i = 0; i < o->n; i++)
		if (!o->list[i].err && !is_regular(&o->list[i]))
			stream_result(&o->list[i], r, res);
}

static void rescue(const struct output *o, const struct results *r)
{
	const char *dir = getenv("TMPDIR");
	char path[PATH_MAX];
	FILE *f = NULL;
	int fd, ret;

	snprintf(path, sizeof(path), "%.4000s/vbench-rescued-XXXXXX.%s",
		 dir && *dir ? dir : "/tmp", o->report->name);
	fd = mkostemps(path, strlen(o->report->name) + 1, O_CLOEXEC);
	if (fd >= 0)
		f = fdopen(fd, "w");
	if (f) {
		ret = whole_document(f, o->report, r);
		if (!fclose(f) && !ret) {
			say("all results that %s could not take are in %s",
			    o->path, path);
			return;
		}
		unlink(path);
	}
	say("all results that %s could not take follow on standard output",
	    o->path);
	whole_document(stdout, o->report, r);
}

bool outputs_end(struct outputs *o, const struct results *r)
{
	bool good = true;

	for (size_t i = 0; i < o->n; i++) {
		struct output *out = &o->list[i];

		if (out->begun && !out->err && is_regular(out))
			rewrite(out, r);
		else if (out->begun && !out->err)
			flush(out, out->report->end(out->stream, r));
		if (!out->err && fsync(out->fd) && errno != EINVAL)
			out->err = -errno;
		if (!out->err)
			continue;
		good = false;
		rescue(out, r);
	}
	return good;
}

/* What open_temporary() named there is left when the run was not ended. */
static bool find_left(char *path, const char *dir, size_t i)
{
	bool found;
	glob_t g;

	place_in(path, dir, i, "");
	if (!access(path, R_OK))
		return true;
	place_in(path, dir, i, ".??????");
	found = !glob(path, 0, NULL, &g);
	if (found)
		snprintf(path, PATH_MAX, "%s", g.gl_pathv[0]);
	globfree(&g);
	return found;
}

static int copy_to(struct output *o, int in)
{
	char buf[1 << 16];
	off_t at = 0;
	ssize_t n;
	int ret = 0;

	while (!ret && (n = read(in, buf, sizeof(buf))) != 0) {
		if (n < 0)
			return -errno;
		ret = write_at(o, &(struct text){ buf, n }, at);
		at += n;
	}
	if (!ret && fsync(o->fd) && errno != EINVAL)
		ret = -errno;
	return ret;
}

/* Out of the run's folder, which goes. */
static void keep_left(const struct output *o, const char *left)
{
	const char *dir = getenv("TMPDIR");
	char path[PATH_MAX];
	int fd;

	snprintf(path, sizeof(path), "%.4000s/vbench-rescued-XXXXXX.%s",
		 dir && *dir ? dir : "/tmp", o->report->name);
	fd = mkostemps(path, strlen(o->report->name) + 1, O_CLOEXEC);
	if (fd < 0 || rename(left, path))
		say("all results that %s could not take are lost: %s", o->path,
		    strerror(errno));
	else
		say("all results that %s could not take are in %s", o->path,
		    path);
	if (fd >= 0)
		close(fd);
}

/* What another machine left there may be a link to any file of this one. */
static int open_left(const char *path)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

	if (fd < 0)
		return -errno;
	if (!fstat(fd, &st) && S_ISREG(st.st_mode))
		return fd;
	close(fd);
	return -EINVAL;
}

bool outputs_take(struct outputs *o, const char *dir)
{
	char left[PATH_MAX];
	bool good = true;
	int in, ret;

	for (size_t i = 0; i < o->n; i++) {
		if (!find_left(left, dir, i))
			continue;
		in = open_left(left);
		ret = in < 0 ? in : copy_to(&o->list[i], in);
		if (in >= 0)
			close(in);
		if (!ret)
			continue;
		good = false;
		/* A part of a document takes no document's place. */
		if (is_regular(&o->list[i]) && ftruncate(o->list[i].fd, 0))
			unlink(o->list[i].temporary);
		say("%s: %s", o->list[i].path, strerror(-ret));
		keep_left(&o->list[i], left);
	}
	return good;
}

static void settle(struct output *o)
{
	struct stat st;

	if (o->fd < 0)
		return;
	if (is_regular(o)) {
		if (fstat(o->fd, &st) || !st.st_size)
			unlink(o->temporary);
		else if (rename(o->temporary, o->path))
			say("cannot rename %s to %s: %s", o->temporary, o->path,
			    strerror(errno));
	}
	close(o->fd);
	o->fd = -1;
	free(o->last.data);
}

void outputs_settle(struct outputs *o)
{
	for (size_t i = 0; i < o->n; i++)
		settle(&o->list[i]);
}
