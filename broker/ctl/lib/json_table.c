/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/ctl/lib/json_table.h"

#include "broker/ctl/lib/table.h"
#include "broker/ctl/lib/text.h"

#include <assert.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#define TABLE_BYTES_MAX (64u << 20)

static bool fits(const json_t *value, enum json_column_kind kind)
{
    if (kind == JSON_COLUMN_TEXT)
        return json_is_string(value);
    return kind == JSON_COLUMN_FLAG ? json_is_boolean(value) : json_is_number(value);
}

static void number_text(double number, enum json_column_kind kind, struct buf *out)
{
    char text[TEXT_SIZE] = "";

    switch (kind) {
    case JSON_COLUMN_TEXT:
    case JSON_COLUMN_FLAG:
        break;
    case JSON_COLUMN_NUMBER:
        snprintf(text, sizeof text, "%.0f", number);
        break;
    case JSON_COLUMN_BYTES:
        text_bytes(number, text);
        break;
    case JSON_COLUMN_DURATION:
        text_duration(number, text);
        break;
    case JSON_COLUMN_MICROSECONDS:
        text_microseconds(number, text);
        break;
    case JSON_COLUMN_FRACTION:
        snprintf(text, sizeof text, "%.1f", number);
        break;
    }
    buf_str(out, text);
}

void json_table_cell(const struct json_t *object, const char *key, enum json_column_kind kind,
                     struct buf *out)
{
    const json_t *value = json_object_get(object, key);

    if (!fits(value, kind))
        buf_str(out, "-");
    else if (kind == JSON_COLUMN_TEXT)
        text_clean(out, slice_of(json_string_value(value), json_string_length(value)));
    else if (kind == JSON_COLUMN_FLAG)
        buf_str(out, json_is_true(value) ? "yes" : "");
    else
        number_text(json_number_value(value), kind, out);
}

void json_table_write(const struct json_t *array, const struct json_column *columns, size_t count,
                      struct buf *out)
{
    struct table_column titles[TABLE_COLUMNS_MAX];
    struct table table;
    struct buf cell;

    assert(count <= TABLE_COLUMNS_MAX);
    for (size_t i = 0; i < count; i++)
        titles[i] =
            (struct table_column){columns[i].title, columns[i].kind != JSON_COLUMN_TEXT &&
                                                        columns[i].kind != JSON_COLUMN_FLAG};
    table_init(&table, titles, count, TABLE_BYTES_MAX);
    buf_init(&cell, TABLE_BYTES_MAX);
    for (size_t row = 0; row < json_array_size(array); row++) {
        for (size_t i = 0; i < count; i++) {
            buf_reset(&cell);
            json_table_cell(json_array_get(array, row), columns[i].key, columns[i].kind, &cell);
            table_add(&table, buf_all(&cell));
        }
    }
    table_write(&table, out);
    buf_clear(&cell);
    table_clear(&table);
}

void json_table_dump(const struct json_t *value, struct buf *out)
{
    char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);

    if (text == NULL)
        out->failed = true;
    else
        buf_str(out, text);
    free(text);
    buf_char(out, '\n');
}
