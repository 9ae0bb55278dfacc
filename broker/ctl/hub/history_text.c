/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

/* Writes the output of `belfry history`: records and cursors, for people or as JSON. */

#include "broker/ctl/hub/history.h"

#include "broker/ctl/lib/json_read.h"
#include "broker/ctl/lib/record_text.h"

#include <jansson.h>

static void put_record(const json_t *record, struct buf *out)
{
    const json_t *names = json_object_get(record, "topics");
    json_int_t time = json_integer_value(json_object_get(record, "time"));
    struct slice topics[RECORD_TOPICS_MAX];
    struct record_line line = {
        .time_ms = time > 0 ? (uint64_t)time : 0,
        .id = json_read_text(record, "id"),
        .topics = topics,
        .type = json_read_text(record, "type"),
        .data = json_read_text(record, "data"),
        .publisher_id = json_read_text(record, "publisher_id"),
        .is_private = json_is_true(json_object_get(record, "private")),
    };

    for (size_t i = 0; i < json_array_size(names) && i < RECORD_TOPICS_MAX; i++) {
        const json_t *name = json_array_get(names, i);

        topics[line.topic_count++] =
            json_is_string(name) ? slice_str(json_string_value(name)) : SLICE("-");
    }
    record_line_text(&line, out);
}

enum err history_text(struct slice json, struct buf *out, struct buf *out_before)
{
    json_t *root = NULL;
    const json_t *records;
    enum err err = json_read_object(json, &root);

    if (err != OK)
        return err;
    records = json_object_get(root, "records");
    if (!json_is_array(records))
        err = ERR_MALFORMED;
    for (size_t i = 0; i < json_array_size(records); i++)
        put_record(json_array_get(records, i), out);
    buf_reset(out_before);
    buf_slice(out_before, json_read_text(root, "before"));
    json_decref(root);
    return err;
}
