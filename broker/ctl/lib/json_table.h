/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_CTL_LIB_JSON_TABLE_H
#define BELFRY_BROKER_CTL_LIB_JSON_TABLE_H

/* Shows a list of JSON objects as a table: a column is the name of a member and the format of its
 * value. A member that is missing (an older broker) or of another type is shown as "-". */

#include "common/base/buf.h"

#include <stddef.h>

enum json_column_kind {
    JSON_COLUMN_TEXT,
    JSON_COLUMN_NUMBER,
    JSON_COLUMN_BYTES,
    JSON_COLUMN_DURATION, /* milliseconds */
    JSON_COLUMN_MICROSECONDS,
    JSON_COLUMN_FRACTION, /* one decimal */
    JSON_COLUMN_FLAG,     /* "yes", or empty */
};

struct json_column {
    const char *title;
    const char *key;
    enum json_column_kind kind;
};

struct json_t;

/* Appends the value as text that is safe for a terminal. */
void json_table_cell(const struct json_t *object, const char *key, enum json_column_kind kind,
                     struct buf *out);

/* Appends a table of the objects of an array; NULL is an empty array. On failure, buf_ok(out) is
 * false. */
void json_table_write(const struct json_t *array, const struct json_column *columns, size_t count,
                      struct buf *out);

/* Appends the value as a line of compact JSON. */
void json_table_dump(const struct json_t *value, struct buf *out);

#endif
