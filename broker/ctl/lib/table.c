/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/ctl/lib/table.h"

#include "broker/ctl/lib/text.h"

#include <assert.h>

void table_init(struct table *t, const struct table_column *columns, size_t count, size_t limit)
{
    assert(count > 0 && count <= TABLE_COLUMNS_MAX);
    *t = (struct table){.columns = columns, .count = count};
    buf_init(&t->text, limit);
    for (size_t i = 0; i < count; i++)
        t->widths[i] = text_width(slice_str(columns[i].title));
}

void table_clear(struct table *t)
{
    buf_clear(&t->text);
}

void table_add(struct table *t, struct slice cell)
{
    size_t column = t->cells % t->count;
    size_t start = t->text.size;
    size_t width;

    text_clean(&t->text, text_cut(cell, TABLE_CELL_MAX));
    width = text_width(slice_of(t->text.data + start, t->text.size - start));
    buf_char(&t->text, '\0');
    t->cells++;
    if (width > t->widths[column])
        t->widths[column] = width;
}

/* Appends a cell, padded to the width of its column. Nothing is padded at the end of a line. */
static void put_cell(const struct table *t, size_t column, struct slice text, struct buf *out)
{
    size_t rest = t->widths[column] - text_width(text);
    bool right = t->columns[column].right;

    if (column > 0)
        text_pad(out, 2);
    if (right)
        text_pad(out, rest);
    buf_slice(out, text);
    if (column + 1 == t->count)
        buf_char(out, '\n');
    else if (!right)
        text_pad(out, rest);
}

void table_write(const struct table *t, struct buf *out)
{
    const char *cell = t->text.data;

    assert(t->count > 0 && t->cells % t->count == 0);
    for (size_t i = 0; i < t->count; i++)
        put_cell(t, i, slice_str(t->columns[i].title), out);
    if (!buf_ok(&t->text))
        out->failed = true;
    for (size_t i = 0; buf_ok(&t->text) && i < t->cells; i++) {
        struct slice text = slice_str(cell);

        put_cell(t, i % t->count, text, out);
        cell += text.size + 1;
    }
}
