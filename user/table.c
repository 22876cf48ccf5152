// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "report.h"
#include "table.h"
#include "wrap.h"

#define GAP 2
/* Columns of a level's lines in a tree. */
#define BRANCH 2
/* Before what goes below its line. */
#define INDENT 4
/* A text is not wrapped into less than this, if two of them fit. */
#define TEXT_LEAST 20

struct row {
	char *cells[TABLE_COLUMNS]; /* NULL: empty */
	const char *look; /* an escape sequence, or NULL */
	int level;
	unsigned int more; /* bit n: another row of level n follows */
};

struct table {
	FILE *out;
	enum column_kind kind[TABLE_COLUMNS];
	int ncolumns;
	struct row **rows; /* the first has the heads */
	size_t nrows, room;
	size_t columns; /* of the terminal, or 0 */
	bool colours;
	/* When it is printed: 0 left out. */
	size_t width[TABLE_COLUMNS];
};

struct table *table_new(FILE *out)
{
	struct table *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->out = out;
	t->columns = wrap_columns(out);
	t->colours = t->columns && !getenv("NO_COLOR");
	if (!table_line(t))
		return t;
	table_free(t);
	return NULL;
}

int table_line_at(struct table *t, int level)
{
	size_t room = t->room ? 2 * t->room : 64;
	struct row **rows, *row;

	if (t->nrows == t->room) {
		rows = reallocarray(t->rows, room, sizeof(*rows));
		if (!rows)
			return -ENOMEM;
		t->rows = rows;
		t->room = room;
	}
	row = calloc(1, sizeof(*row));
	if (!row)
		return -ENOMEM;
	row->level = level;
	t->rows[t->nrows++] = row;
	return 0;
}

int table_line(struct table *t)
{
	return table_line_at(t, 0);
}

static int table_set(struct row *row, int column, const char *text)
{
	char *copy = strdup(text);

	if (!copy)
		return -ENOMEM;
	free(row->cells[column]);
	row->cells[column] = copy;
	return 0;
}

int table_column(struct table *t, const char *head, enum column_kind kind)
{
	if (t->ncolumns == TABLE_COLUMNS)
		return -ENOMEM;
	t->kind[t->ncolumns] = kind;
	return table_set(t->rows[0], t->ncolumns++, head);
}

int table_cell(struct table *t, int column, const char *text)
{
	return table_set(t->rows[t->nrows - 1], column, text);
}

static void table_look(struct table *t, const char *escape)
{
	if (t->colours)
		t->rows[t->nrows - 1]->look = escape;
}

void table_dim(struct table *t)
{
	table_look(t, "\033[2m");
}

void table_bold(struct table *t)
{
	table_look(t, "\033[1m");
}

static const char *cell_of(const struct row *row, int column)
{
	return row->cells[column] ? row->cells[column] : "";
}

/* What stands before a text of the tree. */
static size_t branch_width(const struct table *t, const struct row *row, int c)
{
	return t->kind[c] == COLUMN_TREE ? (size_t)row->level * BRANCH : 0;
}

/* Columns of the longest line of a cell. */
static size_t cell_width(const char *text)
{
	size_t most = 0, width, len;

	for (;; text += len + 1) {
		len = strcspn(text, "\n");
		width = wrap_width(text, len);
		most = width > most ? width : most;
		if (!text[len])
			return most;
	}
}

static void table_measure(struct table *t)
{
	unsigned int open = 0;

	for (size_t i = t->nrows; i-- > 0;) {
		struct row *row = t->rows[i];

		row->more = open;
		open = (open & ((1u << row->level) - 1)) | 1u << row->level;
		for (int c = 0; c < t->ncolumns; c++) {
			size_t width = cell_width(cell_of(row, c)) +
				       branch_width(t, row, c);

			if (width > t->width[c] && t->kind[c] != COLUMN_REST)
				t->width[c] = width;
		}
	}
}

/* Where the next column would begin. */
static size_t table_width(const struct table *t)
{
	size_t sum = 0;

	for (int c = 0; c < t->ncolumns; c++)
		if (t->width[c])
			sum += t->width[c] + GAP;
	return sum;
}

static size_t table_excess(const struct table *t)
{
	size_t width = table_width(t), room = t->columns + GAP;

	return t->columns && width > room ? width - room : 0;
}

/* Texts become narrower, from the right; then figures go, but for the first. */
static void table_fit(struct table *t)
{
	size_t least = t->columns / 4, half = (t->columns - GAP) / 2;
	int c;

	if (!t->columns)
		return;
	if (least < TEXT_LEAST)
		least = half < TEXT_LEAST ? half : TEXT_LEAST;
	for (c = t->ncolumns - 1; c >= 0; c--) {
		size_t excess = table_excess(t), spare;

		if (t->kind[c] == COLUMN_NUMBER || t->width[c] <= least)
			continue;
		spare = t->width[c] - least;
		t->width[c] -= excess < spare ? excess : spare;
	}
	for (c = t->ncolumns - 1; c > 1 && table_excess(t); c--)
		t->width[c] = 0;
}

/* A name may have what the columns left out leave. */
static void table_widen(struct table *t, size_t wanted)
{
	size_t width = table_width(t), room = t->columns + GAP;

	if (!t->columns || width >= room || t->width[0] >= wanted)
		return;
	t->width[0] += room - width;
	if (t->width[0] > wanted)
		t->width[0] = wanted;
}

static void table_spaces(const struct table *t, size_t n)
{
	fprintf(t->out, "%*s", (int)n, "");
}

static void table_branch(const struct table *t, const struct row *row,
			 bool first)
{
	bool utf8 = format_utf8();
	const char *through = utf8 ? "│ " : "| ";

	for (int k = 1; k <= row->level; k++) {
		bool more = row->more & 1u << k;

		if (k < row->level || !first)
			fputs(more ? through : "  ", t->out);
		else if (utf8)
			fputs(more ? "├─" : "└─", t->out);
		else
			fputs(more ? "|-" : "`-", t->out);
	}
}

/* What is left of the row's cells, a line of each at a time. */
struct rest {
	const char *text[TABLE_COLUMNS];
	size_t owed; /* blanks not yet printed: none end a line */
	bool first;
};

static void table_part(const struct table *t, const struct row *row, int c,
		       struct rest *rest)
{
	size_t before = branch_width(t, row, c), room = t->width[c];
	const char *text = rest->text[c];
	size_t len = strcspn(text, "\n"), width;

	if (wrap_width(text, len) > room - before)
		len = wrap_line(text, room > before ? room - before : 1);
	width = wrap_width(text, len) + before;
	if (t->kind[c] == COLUMN_NUMBER)
		rest->owed += room - width;
	if (len || before) {
		table_spaces(t, rest->owed);
		rest->owed = 0;
	}
	if (before)
		table_branch(t, row, rest->first);
	fprintf(t->out, "%.*s", (int)len, text);
	if (t->kind[c] != COLUMN_NUMBER && room > width)
		rest->owed += room - width;
	rest->owed += GAP;
	text += len;
	if (*text == '\n')
		text++;
	else
		text += strspn(text, " ");
	rest->text[c] = text;
}

static bool table_any_left(const struct table *t, const struct rest *rest)
{
	for (int c = 0; c < t->ncolumns; c++)
		if (t->width[c] && *rest->text[c])
			return true;
	return false;
}

/* Beside the row where all of it fits, else below it. */
static bool note_fits(const struct table *t, const char *note)
{
	return !t->columns ||
	       table_width(t) + wrap_width(note, strlen(note)) <= t->columns;
}

static void table_note_below(const struct table *t, const char *note)
{
	size_t len;

	for (; *note; note += len + strspn(note + len, " ")) {
		len = wrap_line(note, t->columns - INDENT);
		fprintf(t->out, "%*s%.*s\n", INDENT, "", (int)len, note);
	}
}

static void table_row(const struct table *t, const struct row *row)
{
	struct rest rest = { .first = true };
	const char *note = "";
	bool beside;

	for (int c = 0; c < t->ncolumns; c++) {
		rest.text[c] = cell_of(row, c);
		if (t->kind[c] == COLUMN_REST)
			note = rest.text[c];
	}
	beside = note_fits(t, note);
	if (row->look)
		fputs(row->look, t->out);
	do {
		rest.owed = 0;
		for (int c = 0; c < t->ncolumns; c++)
			if (t->width[c])
				table_part(t, row, c, &rest);
		if (rest.first && beside && *note) {
			table_spaces(t, rest.owed);
			fputs(note, t->out);
		}
		fputc('\n', t->out);
		rest.first = false;
	} while (table_any_left(t, &rest));
	if (!beside && row != t->rows[0])
		table_note_below(t, note);
	if (row->look)
		fputs("\033[0m", t->out);
}

static void table_say_left_out(const struct table *t)
{
	const char *between = "This terminal is too narrow for the columns: ";
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	for (int c = 0; f && c < t->ncolumns; c++) {
		if (t->width[c] || t->kind[c] == COLUMN_REST)
			continue;
		fputs(between, f);
		for (const char *s = cell_of(t->rows[0], c); *s; s++)
			fputc(*s == '\n' ? ' ' : *s, f);
		between = ", ";
	}
	if (f && !fclose(f) && *between == ',')
		wrap_print(t->out, text, t->columns, INDENT);
	free(text);
}

void table_print(struct table *t)
{
	size_t wanted;

	memset(t->width, 0, sizeof(t->width));
	table_measure(t);
	wanted = t->width[0];
	table_fit(t);
	table_widen(t, wanted);
	for (size_t i = 0; i < t->nrows; i++)
		table_row(t, t->rows[i]);
	table_say_left_out(t);
}

void table_free(struct table *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < t->nrows; i++) {
		for (int c = 0; c < t->ncolumns; c++)
			free(t->rows[i]->cells[c]);
		free(t->rows[i]);
	}
	free(t->rows);
	free(t);
}
