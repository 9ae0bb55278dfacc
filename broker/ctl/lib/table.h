/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_CTL_LIB_TABLE_H
#define BELFRY_BROKER_CTL_LIB_TABLE_H

/* A table of text with aligned columns. Each column is as wide as its widest cell, and two spaces
 * separate columns.
 *
 *   TOPIC   RECORDS  LAST
 *   news        120  k3f9x2-1843
 *
 * Pure data: init/clear. */

#include "common/base/buf.h"
#include "common/base/slice.h"

#include <stdbool.h>
#include <stddef.h>

#define TABLE_COLUMNS_MAX 16
#define TABLE_CELL_MAX 96 /* characters; longer cells are cut */

struct table_column {
    const char *title;
    bool right; /* align right: numbers */
};

struct table {
    const struct table_column *columns; /* borrowed */
    size_t count;                       /* number of columns */
    size_t widths[TABLE_COLUMNS_MAX];   /* width of each column's widest cell */
    size_t cells;                       /* number of cells added */
    struct buf text;                    /* the cells, each followed by a NUL */
};

/* `limit` is the maximum number of bytes of all cells. */
void table_init(struct table *t, const struct table_column *columns, size_t count, size_t limit);
void table_clear(struct table *t);

/* Adds a cell, row by row. It is made safe for a terminal. */
void table_add(struct table *t, struct slice cell);

/* Appends the titles and the rows, which must be complete. On failure, buf_ok(out) is false. */
void table_write(const struct table *t, struct buf *out);

#endif
