// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <libsmartcols.h>
#include <stdlib.h>
#include <unistd.h>

#include "report.h"
#include "table.h"

struct table {
	struct libscols_table *tb;
	struct libscols_line *line;
	struct libscols_line *last[TABLE_DEPTH]; /* of each level of the tree */
	bool tty;
	bool colours;
};

struct table *table_new(FILE *out)
{
	struct table *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	/* What is in memory is shown on standard output in the end. */
	t->tty = isatty(fileno(out) < 0 ? STDOUT_FILENO : fileno(out));
	scols_init_debug(0);
	t->tb = scols_new_table();
	if (!t->tb) {
		free(t);
		return NULL;
	}
	scols_table_set_stream(t->tb, out);
	scols_table_set_column_separator(t->tb, "  ");
	t->colours = t->tty && !getenv("NO_COLOR");
	if (t->colours)
		scols_table_enable_colors(t->tb, 1);
	if (!format_utf8())
		scols_table_enable_ascii(t->tb, 1);
	if (!t->tty)
		scols_table_set_termforce(t->tb, SCOLS_TERMFORCE_NEVER);
	return t;
}

int table_column(struct table *t, const char *head, enum column_kind kind)
{
	int flags = 0;

	if (kind == COLUMN_NUMBER)
		flags |= SCOLS_FL_RIGHT;
	else if (kind == COLUMN_REST && t->tty)
		flags = SCOLS_FL_TRUNC;
	else if (kind == COLUMN_TREE)
		flags = SCOLS_FL_TREE;
	return scols_table_new_column(t->tb, head, 0, flags) ? 0 : -ENOMEM;
}

int table_line_at(struct table *t, int level)
{
	t->line =
		scols_table_new_line(t->tb, level ? t->last[level - 1] : NULL);
	t->last[level] = t->line;
	return t->line ? 0 : -ENOMEM;
}

int table_line(struct table *t)
{
	return table_line_at(t, 0);
}

int table_cell(struct table *t, int column, const char *text)
{
	return scols_line_set_data(t->line, column, text) ? -ENOMEM : 0;
}

void table_dim(struct table *t)
{
	if (t->colours)
		scols_line_set_color(t->line, "\033[2m");
}

void table_bold(struct table *t)
{
	if (t->colours)
		scols_line_set_color(t->line, "\033[1m");
}

void table_print(struct table *t)
{
	scols_print_table(t->tb);
}

void table_free(struct table *t)
{
	if (!t)
		return;
	scols_unref_table(t->tb);
	free(t);
}
