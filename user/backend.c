// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backend.h"
#include "emulated-host.h"
#include "say.h"
#include "suggest.h"
#include "trust.h"

static const char *const scripts[] = { "start", "start_machine", "stop_machine",
				       "stop" };
#define NSCRIPTS (sizeof(scripts) / sizeof(scripts[0]))
/* See places(). */
#define NPLACES 3

static bool join(char *path, const char *a, const char *b)
{
	return snprintf(path, PATH_MAX, "%s/%s", a, b) < PATH_MAX;
}

static bool is_backend(const char *dir)
{
	char path[PATH_MAX];

	return join(path, dir, "start_machine") && !access(path, F_OK);
}

/* The folders of backends, "" if there is none: the user's choice comes first, then
 * vbench's own, then the current one. */
static void places(const char *data, char (*dir)[PATH_MAX])
{
	const char *env = getenv("VBENCH_BACKENDS");

	snprintf(dir[0], PATH_MAX, "%s", env ? env : "");
	if (!join(dir[1], data, "backends"))
		dir[1][0] = '\0';
	if (!getcwd(dir[2], PATH_MAX))
		dir[2][0] = '\0';
}

struct near {
	struct suggest s;
	char kept[8][64];
	size_t n;
};

static void offer(const char *name, void *arg)
{
	struct near *near = arg;
	char *kept = near->kept[near->n % 8];

	snprintf(kept, sizeof(near->kept[0]), "%s", name);
	suggest_offer(&near->s, kept);
	/* Only the best one's copy has to last. */
	if (near->s.best == kept)
		near->n++;
}

static int not_found(const char *data, const char *name, char *why, size_t size)
{
	struct near near = { .s.typed = name };

	backend_each(data, offer, &near);
	snprintf(why, size,
		 "no backend is called \"%s\"%s%s%s: a backend is a "
		 "folder with the scripts start, start_machine, stop_machine "
		 "and stop, in %s/backends, $VBENCH_BACKENDS or here",
		 name, near.s.best ? ", did you mean \"" : "",
		 near.s.best ? near.s.best : "", near.s.best ? "\"?" : "",
		 data);
	return -ENOENT;
}

/* Reads the file's lines as one. */
static void read_no_exits(struct backend *b)
{
	char path[PATH_MAX];
	FILE *f = NULL;
	size_t n = 0;

	if (join(path, b->dir, "no-exits"))
		f = fopen(path, "re");
	if (!f)
		return;
	n = fread(b->no_exits, 1, sizeof(b->no_exits) - 1, f);
	fclose(f);
	while (n && b->no_exits[n - 1] == '\n')
		b->no_exits[--n] = '\0';
	for (size_t i = 0; i < n; i++)
		if (b->no_exits[i] == '\n')
			b->no_exits[i] = ' ';
	if (!n)
		snprintf(b->no_exits, sizeof(b->no_exits), "%s/no-exits exists",
			 b->name);
}

static int check(struct backend *b, char *why, size_t size)
{
	char path[PATH_MAX];
	struct stat st;

	for (size_t i = 0; i < NSCRIPTS; i++) {
		if (!join(path, b->dir, scripts[i]))
			return -ENAMETOOLONG;
		if (stat(path, &st)) {
			snprintf(why, size,
				 "backend %s has no script \"%s\": "
				 "%s is missing",
				 b->name, scripts[i], path);
			return -ENOENT;
		}
		if (access(path, X_OK)) {
			snprintf(why, size, "%s is not executable: chmod +x %s",
				 path, path);
			return -EACCES;
		}
	}
	b->needs_disk = !join(path, b->dir, "no-root-disk") ||
			access(path, F_OK);
	read_no_exits(b);
	return 0;
}

/* Says which backend is used if a later folder has one with the same name. */
static void say_shadowed(const struct backend *b, const char *name,
			 char (*dir)[PATH_MAX], int from)
{
	char path[PATH_MAX], real[PATH_MAX];

	for (int i = from; i < NPLACES; i++)
		if (dir[i][0] && join(path, dir[i], name) && is_backend(path) &&
		    realpath(path, real) && strcmp(real, b->dir))
			say("backend %s is the one in %s, not the one in %s",
			    name, b->dir, real);
}

/* In an emulated host all files that are run belong to root, and were checked
 * outside. */
int backend_trust(const char *data, const char *dir, char *why, size_t size)
{
	char path[PATH_MAX], ours[PATH_MAX];
	size_t len;

	if (getenv(ENV_EMULATED_HOST))
		return 0;
	/* A user who runs vbench trusts the files installed with it. */
	if (join(path, data, "backends") && realpath(path, ours)) {
		len = strlen(ours);
		if (!strncmp(dir, ours, len) && dir[len] == '/')
			return 0;
	}
	return trust_folder(dir, why, size);
}

static int check_trusted(struct backend *b, const char *data, char *why,
			 size_t size)
{
	int ret = backend_trust(data, b->dir, why, size);

	return ret ? ret : check(b, why, size);
}

int backend_find(struct backend *b, const char *data, const char *name,
		 char *why, size_t size)
{
	char dir[NPLACES][PATH_MAX], path[PATH_MAX];
	const char *base = strrchr(name, '/');

	places(data, dir);
	snprintf(b->name, sizeof(b->name), "%s", base ? base + 1 : name);
	if (base && is_backend(name) && realpath(name, b->dir))
		return check_trusted(b, data, why, size);
	for (int i = 0; !base && i < NPLACES; i++)
		if (dir[i][0] && join(path, dir[i], name) && is_backend(path) &&
		    realpath(path, b->dir)) {
			say_shadowed(b, name, dir, i + 1);
			return check_trusted(b, data, why, size);
		}
	return not_found(data, name, why, size);
}

void backend_each(const char *data, void (*each)(const char *name, void *arg),
		  void *arg)
{
	char dir[NPLACES][PATH_MAX], path[PATH_MAX];
	struct dirent *e;
	DIR *d;

	places(data, dir);
	for (int i = 0; i < NPLACES; i++) {
		d = dir[i][0] ? opendir(dir[i]) : NULL;
		while (d && (e = readdir(d)))
			if (e->d_name[0] != '.' &&
			    join(path, dir[i], e->d_name) && is_backend(path))
				each(e->d_name, arg);
		if (d)
			closedir(d);
	}
}

int backend_spawn(const struct backend *b, struct script *s, const char *script,
		  struct script_spec *spec)
{
	char path[PATH_MAX];

	if (!join(path, b->dir, script))
		return -ENAMETOOLONG;
	spec->path = path;
	return script_spawn(s, spec);
}
