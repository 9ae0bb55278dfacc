/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_CTL_LIB_TABLE_H
#define BELFRY_BROKER_CTL_LIB_TABLE_H

/* A table for people: each column as wide as its widest cell, two spaces between them, figures to
 * the right.
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
#define TABLE_CELL_MAX 96 /* characters; the rest of a cell is cut */

struct table_column {
    const char *title;
    bool right; /* figures */
};

struct table {
    const struct table_column *columns; /* borrowed */
    size_t count;                       /* of the columns */
    size_t widths[TABLE_COLUMNS_MAX];
    size_t cells;
    struct buf text; /* each cell with a NUL behind it */
};

/* `limit`: bytes of all cells. */
void table_init(struct table *t, const struct table_column *columns, size_t count, size_t limit);
void table_clear(struct table *t);

/* Adds a cell, row by row. What would move a terminal is replaced. */
void table_add(struct table *t, struct slice cell);

/* Appends the titles and the rows (look at buf_ok() of both). */
void table_write(const struct table *t, struct buf *out);

#endif
