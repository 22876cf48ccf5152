// SPDX-License-Identifier: GPL-2.0-only
/* From a file's bytes to a JSON document, or to words that say why not. */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "report-json-load.h"

static json_t *load_failed(char *why, size_t size, const char *path,
			   const json_error_t *error)
{
	switch (json_error_code(error)) {
	case json_error_out_of_memory:
		snprintf(why, size, "not enough memory to read %s", path);
		break;
	case json_error_premature_end_of_input:
		snprintf(why, size,
			 "%s ends too early, in line %d: it was cut short, or "
			 "is not a result of --json",
			 path, error->line);
		break;
	case json_error_end_of_input_expected:
		snprintf(why, size,
			 "%s, line %d: more follows where the result ends; a "
			 "file holds one result",
			 path, error->line);
		break;
	case json_error_null_byte_in_key:
	case json_error_null_character:
		snprintf(why, size,
			 "%s, line %d: a text has the character U+0000 (is it "
			 "not a result of --json?)",
			 path, error->line);
		break;
	default:
		snprintf(why, size,
			 "%s, line %d: %s (is it not a result of --json?)",
			 path, error->line,
			 error->text[0] ? error->text : "not enough memory");
	}
	return NULL;
}

/* A stream of which the beginning was looked at. */
struct source {
	FILE *f;
	char head[4];
	size_t n, at; /* bytes in @head, and of them taken */
};

/* Programs that save text elsewhere write it in other encodings. */
static bool source_is_encoded(const struct source *s, const char *path,
			      char *why, size_t size)
{
	static const struct {
		const char *begin;
		size_t len;
		const char *what, *how;
	} other[] = {
		{ "\xff\xfe\0\0", 4, "UTF-32", "iconv -f UTF-32 -t UTF-8" },
		{ "\0\0\xfe\xff", 4, "UTF-32", "iconv -f UTF-32 -t UTF-8" },
		{ "\xff\xfe", 2, "UTF-16", "iconv -f UTF-16 -t UTF-8" },
		{ "\xfe\xff", 2, "UTF-16", "iconv -f UTF-16 -t UTF-8" },
		{ "{\0", 2, "UTF-16LE", "iconv -f UTF-16LE -t UTF-8" },
		{ "\0{", 2, "UTF-16BE", "iconv -f UTF-16BE -t UTF-8" },
		{ "\x1f\x8b", 2, "compressed", "gunzip" },
		{ "\x28\xb5\x2f\xfd", 4, "compressed", "unzstd" },
		{ "\xfd\x37zX", 4, "compressed", "unxz" },
	};

	for (size_t i = 0; i < sizeof(other) / sizeof(other[0]); i++) {
		if (s->n < other[i].len ||
		    memcmp(s->head, other[i].begin, other[i].len))
			continue;
		snprintf(why, size,
			 "%s is %s, but vbench reads plain UTF-8 alone: \"%s\" "
			 "converts it",
			 path, other[i].what, other[i].how);
		return true;
	}
	return false;
}

/* A byte order mark says nothing in UTF-8, but some editors write one. */
static void source_open(struct source *s, FILE *f)
{
	*s = (struct source){ .f = f };
	s->n = fread(s->head, 1, sizeof(s->head), f);
	if (s->n >= 3 && !memcmp(s->head, "\xef\xbb\xbf", 3))
		s->at = 3;
}

static size_t source_read(void *buf, size_t size, void *arg)
{
	struct source *s = arg;
	size_t n = s->n - s->at;

	if (!n) {
		n = fread(buf, 1, size, s->f);
		return !n && ferror(s->f) ? (size_t)-1 : n;
	}
	n = n < size ? n : size;
	memcpy(buf, s->head + s->at, n);
	s->at += n;
	return n;
}

/* Whether @f can hold a document at all. */
static bool source_is_readable(FILE *f, const char *path, char *why,
			       size_t size)
{
	int flags = fcntl(fileno(f), F_GETFL);
	struct stat st;

	if (flags >= 0 && flags & O_PATH) {
		/* fds_secure_standard() put it there. */
		snprintf(why, size, "%s is closed", path);
		return false;
	}
	if (fstat(fileno(f), &st))
		return true;
	if (S_ISDIR(st.st_mode))
		snprintf(why, size,
			 "%s is a folder: name the file that --json= wrote",
			 path);
	else if (S_ISREG(st.st_mode) && !st.st_size)
		snprintf(why, size,
			 "%s is empty: the run that should have filled it "
			 "wrote no result",
			 path);
	else
		return true;
	return false;
}

static json_t *load_stream(FILE *f, const char *path, char *why, size_t size)
{
	json_error_t error = { .line = 0 };
	struct source s;
	json_t *doc;

	if (!source_is_readable(f, path, why, size))
		return NULL;
	errno = 0;
	source_open(&s, f);
	if (source_is_encoded(&s, path, why, size))
		return NULL;
	doc = ferror(f) ? NULL :
			  json_load_callback(source_read, &s,
					     JSON_REJECT_DUPLICATES, &error);
	if (doc)
		return doc;
	/* The parser says "invalid token" where it had no memory for it. */
	if (errno == ENOMEM)
		snprintf(why, size, "not enough memory to read %s", path);
	else if (!ferror(f))
		return load_failed(why, size, path, &error);
	else
		snprintf(why, size, "%s cannot be read: %s", path,
			 strerror(errno));
	return NULL;
}

json_t *report_json_load(const char *path, char *why, size_t size)
{
	bool input = !strcmp(path, "-");
	FILE *f = input ? stdin : fopen(path, "re");
	json_t *doc;

	if (!f) {
		snprintf(why, size, "%s cannot be read: %s", path,
			 strerror(errno));
		return NULL;
	}
	doc = load_stream(f, input ? "standard input" : path, why, size);
	if (!input)
		fclose(f);
	return doc;
}
