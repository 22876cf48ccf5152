// SPDX-License-Identifier: GPL-2.0-only
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cpio.h"

#define CONSOLE_MAJOR 5 /* Documentation/admin-guide/devices.txt */
#define CONSOLE_MINOR 1

struct cpio {
	FILE *f;
	const char *path;
	unsigned int inode;
	size_t written;
};

struct entry {
	const char *name;
	unsigned int mode;
	unsigned int major, minor;
	const char *data;
	size_t len;
};

static void put(struct cpio *c, const void *data, size_t len)
{
	if (len && fwrite(data, 1, len, c->f) != len)
		err(1, "%s", c->path);
	c->written += len;
}

static void align4(struct cpio *c)
{
	put(c, "\0\0\0", -c->written & 3);
}

static void put_entry(struct cpio *c, const struct entry *e)
{
	char head[128];
	int n;

	n = snprintf(head, sizeof(head),
		     "070701%08x%08x%08x%08x%08x%08x%08zx%08x%08x%08x%08x"
		     "%08zx%08x",
		     ++c->inode, e->mode, 0, 0, 1, 0, e->len, 0, 0, e->major,
		     e->minor, strlen(e->name) + 1, 0);
	put(c, head, n);
	put(c, e->name, strlen(e->name) + 1);
	align4(c);
	put(c, e->data, e->len);
	align4(c);
}

struct cpio *cpio_open(const char *path)
{
	struct cpio *c = calloc(1, sizeof(*c));

	if (!c)
		err(1, NULL);
	c->path = path;
	c->f = fopen(path, "we");
	if (!c->f)
		err(1, "%s", path);
	return c;
}

void cpio_dir(struct cpio *c, const char *name)
{
	put_entry(c, &(struct entry){ .name = name, .mode = S_IFDIR | 0755 });
}

void cpio_console(struct cpio *c)
{
	put_entry(c, &(struct entry){ .name = "dev/console",
				      .mode = S_IFCHR | 0600,
				      .major = CONSOLE_MAJOR,
				      .minor = CONSOLE_MINOR });
}

static const char *decompressor(const char *path)
{
	static const struct {
		const char *suffix, *command;
	} known[] = {
		{ ".xz", "xz -dc <" },
		{ ".zst", "zstd -dcq <" },
		{ ".gz", "gzip -dc <" },
	};
	size_t len = strlen(path), n;

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		n = strlen(known[i].suffix);
		if (len > n && !strcmp(path + len - n, known[i].suffix))
			return known[i].command;
	}
	return NULL;
}

/* A module's path has no quotes in it, or the shell would say so. */
static FILE *open_content(const char *path, const char *unpack)
{
	char command[5000];
	FILE *f;

	if (!unpack)
		f = fopen(path, "re");
	else if (strchr(path, '\''))
		errx(1, "%s: a quote in the name", path);
	else {
		snprintf(command, sizeof(command), "%s'%s'", unpack, path);
		f = popen(command, "re");
	}
	if (!f)
		err(1, "%s", path);
	return f;
}

static char *slurp(FILE *f, size_t *len)
{
	size_t room = 1 << 20, n;
	char *data = malloc(room), *bigger;

	if (!data)
		err(1, NULL);
	*len = 0;
	while ((n = fread(data + *len, 1, room - *len, f)) > 0) {
		*len += n;
		if (*len < room)
			continue;
		bigger = realloc(data, room *= 2);
		if (!bigger)
			err(1, NULL);
		data = bigger;
	}
	return data;
}

void cpio_file(struct cpio *c, const char *name, unsigned int mode,
	       const char *path)
{
	const char *unpack = decompressor(path);
	FILE *f = open_content(path, unpack);
	struct entry e = { .name = name, .mode = S_IFREG | mode };
	char *data = slurp(f, &e.len);

	if ((unpack ? pclose(f) : fclose(f)) || !e.len)
		errx(1, "%s cannot be read%s%s", path, unpack ? " with: " : "",
		     unpack ? unpack : "");
	e.data = data;
	put_entry(c, &e);
	free(data);
}

void cpio_text(struct cpio *c, const char *name, const char *text)
{
	put_entry(c, &(struct entry){ .name = name,
				      .mode = S_IFREG | 0644,
				      .data = text,
				      .len = strlen(text) });
}

void cpio_close(struct cpio *c)
{
	put_entry(c, &(struct entry){ .name = "TRAILER!!!" });
	if (fclose(c->f))
		err(1, "%s", c->path);
	free(c);
}
