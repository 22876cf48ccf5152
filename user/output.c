// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "active.h"
#include "output.h"
#include "rescue.h"
#include "say.h"

/* After a rewrite that took 1 ms, the next one waits 50 ms. */
#define REWRITE_PART 50

/* Made in memory: the disk may be full. */
static FILE *text_open(struct text *t)
{
	*t = (struct text){ 0 };
	return open_memstream(&t->data, &t->len);
}

static void place_in(char *path, const char *dir, size_t i, const char *suffix)
{
	snprintf(path, PATH_MAX, "%.4000s/out-%zu%s", dir, i, suffix);
}

void outputs_place(char *path, const char *dir, size_t n)
{
	place_in(path, dir, n, "");
}

/* In an emulated host, each goes to the run's folder @dir, whatever its path. */
static const char *open_nth(struct output *out, const char *path,
			    const char *dir, size_t i)
{
	char place[PATH_MAX];

	if (!dir)
		return outfile_open(&out->file, path, out->report->name);
	place_in(place, dir, i, "");
	return outfile_open(&out->file, place, out->report->name);
}

/* What would be written over, or in the midst of, the other result. */
static const char *check_twice(const struct outputs *o,
			       const struct output *out)
{
	for (const struct output *other = o->list; other < out; other++)
		if (outfile_collides(&out->file, &other->file))
			return "another result goes there as well";
	return NULL;
}

int outputs_open(struct outputs *o, const struct options *opt)
{
	const char *why, *dir = getenv(ENV_OUTPUT_DIR);

	o->n = 0;
	o->on_stdout = dir && getenv(ENV_OUTPUT_STDOUT);
	for (size_t i = 0; i < opt->noutputs; i++) {
		struct output *out = &o->list[o->n++];
		const char *path = opt->outputs[i].path;

		*out = (struct output){ .report = opt->outputs[i].report };
		why = open_nth(out, path, dir, i);
		if (!why)
			why = check_twice(o, out);
		o->on_stdout |= !why &&
				outfile_is_fd(&out->file, STDOUT_FILENO);
		if (!why)
			continue;
		say("--%s=%s cannot be written: %s", out->report->name, path,
		    why);
		outputs_settle(o);
		return -EINVAL;
	}
	return 0;
}

static bool is_regular(const struct output *o)
{
	return !outfile_is_stream(&o->file);
}

static int write_at(const struct output *o, const struct text *t, off_t at)
{
	size_t done = 0;
	ssize_t n;

	while (done < t->len) {
		n = is_regular(o) ?
			    pwrite(o->file.fd, t->data + done, t->len - done,
				   at + done) :
			    write(o->file.fd, t->data + done, t->len - done);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? -errno : -EIO;
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
	say("%s: %s; going on without it", o->file.path, strerror(-err));
}

static int make_document(const struct report *report, const struct results *r,
			 struct text *t)
{
	FILE *f = text_open(t);

	if (!f || whole_document(f, report, r) || fclose(f))
		return -ENOMEM;
	return 0;
}

static int put(struct output *o, const struct text *t)
{
	int ret = write_at(o, t, 0);

	if (!ret && ftruncate(o->file.fd, t->len))
		ret = -errno;
	return ret;
}

/*
 * Puts the whole document in the place of the last one; in one piece, so that no
 * signal comes between.  If it finds no room, the last one is put back, whose
 * blocks exist already; if that fails too, the file at its path stays.
 */
static void rewrite(struct output *o, const struct results *r)
{
	u64 begin = active_ns();
	struct text t;
	int ret;

	ret = make_document(o->report, r, &t);
	if (!ret)
		ret = put(o, &t);
	if (ret) {
		free(t.data);
		failed(o, ret);
		if (put(o, &o->last))
			outfile_drop(&o->file);
		return;
	}
	free(o->last.data);
	o->last = t;
	o->written = active_ns();
	o->took = o->written - begin;
}

/* Rewrites rarely enough to cost a negligible part of the run. */
static bool due(const struct output *o)
{
	return active_ns() - o->written > REWRITE_PART * o->took;
}

/* What @ret says of what was printed to a device or pipe, once it is there. */
static void flush(struct output *o, int ret)
{
	if (fflush(o->stream) || ret)
		failed(o, errno ? -errno : -EIO);
}

static void begin_stream(struct output *o, const struct results *r)
{
	o->stream = fdopen(o->file.fd, "w");
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

/* True when the whole document is in a file of its own, named in @path. */
static bool rescue_document(const struct report *report,
			    const struct results *r, char *path)
{
	struct text t;
	int ret = make_document(report, r, &t);

	if (!ret)
		ret = rescue_text(t.data, t.len, path, report->name);
	free(t.data);
	return !ret;
}

static void rescue(const struct output *o, const struct results *r)
{
	char path[PATH_MAX];

	if (rescue_document(o->report, r, path)) {
		say("all results that %s could not take are in %s",
		    o->file.path, path);
		return;
	}
	say("all results that %s could not take follow on standard output",
	    o->file.path);
	whole_document(stdout, o->report, r);
}

void outputs_rescue(const struct outputs *o, const struct results *r)
{
	char path[PATH_MAX];

	for (size_t i = 0; i < o->n; i++)
		if (o->list[i].begun && !o->list[i].err)
			return;
	for (const struct report *p = __start_vbench_reports;
	     p < __stop_vbench_reports; p++)
		if (!strcmp(p->name, "json") && rescue_document(p, r, path))
			say("all results are in %s: \"vbench show\" prints "
			    "them",
			    path);
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
		if (!out->err && fsync(out->file.fd) && errno != EINVAL)
			out->err = -errno;
		if (!out->err)
			continue;
		good = false;
		rescue(out, r);
	}
	return good;
}

static int skip_benchmarks(struct results *r, const struct options *opt)
{
	char text[1024];
	const struct bench_entry **list =
		options_select(opt, &r->planned, text, sizeof(text));
	struct result *res;
	size_t i;

	for (i = 0; list && i < r->planned; i++) {
		res = results_add(r, bench_full_name(list[i], text,
						     BENCH_NAME_MAX));
		if (!res)
			break;
		result_skip(res, "the backend cannot run here; the reason is "
				 "on standard error");
	}
	free(list);
	return list && i == r->planned ? 0 : -ENOMEM;
}

/* Other files keep what they have, as after each run that does not begin. */
void outputs_skip(const struct outputs *o, const struct options *opt)
{
	struct results r;
	struct text t = { 0 };

	results_init(&r);
	snprintf(r.backend, sizeof(r.backend), "%s", opt->backend);
	text_clean(r.backend);
	r.seed = opt->seed;
	if (skip_benchmarks(&r, opt))
		goto out;
	for (size_t i = 0; i < o->n; i++) {
		const struct output *out = &o->list[i];

		if (!out->report->judges || is_regular(out))
			continue;
		if (!make_document(out->report, &r, &t))
			write_at(out, &t, 0);
		free(t.data);
	}
out:
	results_free(&r);
}

/* A file that is not finished is there when the run was not ended. */
static bool find_left(char *path, const char *dir, size_t i)
{
	bool found;
	glob_t g;

	place_in(path, dir, i, "");
	if (!access(path, R_OK))
		return true;
	place_in(path, dir, i, OUTFILE_PATTERN);
	found = !glob(path, 0, NULL, &g);
	if (found)
		snprintf(path, PATH_MAX, "%s", g.gl_pathv[0]);
	globfree(&g);
	return found;
}

/* Out of the run's folder, which goes. */
static void keep_left(const struct output *o, int in)
{
	char path[PATH_MAX];
	int ret = in < 0 ? in : rescue_file(in, path, o->report->name);

	if (ret)
		say("all results that %s could not take are lost: %s",
		    o->file.path, strerror(-ret));
	else
		say("all results that %s could not take are in %s",
		    o->file.path, path);
}

/* The emulated host may have left a link there to any file of this machine. */
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
		ret = in < 0 ? in : rescue_copy(in, o->list[i].file.fd);
		if (ret) {
			good = false;
			/* A part must not replace a whole document. */
			outfile_drop(&o->list[i].file);
			say("%s: %s", o->list[i].file.path, strerror(-ret));
			keep_left(&o->list[i], in);
		}
		if (in >= 0)
			close(in);
	}
	return good;
}

bool outputs_settle(struct outputs *o)
{
	bool good = true;

	for (size_t i = 0; i < o->n; i++) {
		good &= outfile_settle(&o->list[i].file);
		free(o->list[i].last.data);
	}
	return good;
}
