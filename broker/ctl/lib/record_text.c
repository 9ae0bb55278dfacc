/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/ctl/lib/record_text.h"

#include "broker/ctl/lib/text.h"

#include <inttypes.h>

void record_data(struct slice data, bool one_line, struct buf *out)
{
    size_t begin = 0;

    for (size_t i = 0; i <= data.size; i++) {
        if (i < data.size && data.data[i] != '\n' && data.data[i] != '\t')
            continue;
        if (i > begin)
            text_clean(out, slice_of(data.data + begin, i - begin));
        if (i < data.size && data.data[i] == '\t')
            buf_str(out, one_line ? "\\t" : "\t");
        else if (i < data.size)
            buf_str(out, one_line ? "\\n" : "\n");
        begin = i + 1;
    }
}

void record_line_text(const struct record_line *line, struct buf *out)
{
    char time[TEXT_SIZE];

    if (line->time_ms > 0) {
        text_time(line->time_ms, time);
        buf_printf(out, "%s ", time);
    }
    text_clean(out, line->id.size > 0 ? line->id : SLICE("-"));
    for (size_t i = 0; i < line->topic_count; i++) {
        buf_char(out, i == 0 ? ' ' : ',');
        text_clean(out, line->topics[i]);
    }
    if (line->is_private)
        buf_str(out, " (private)");
    if (line->publisher_id.size > 0) {
        buf_str(out, " id=");
        text_clean(out, line->publisher_id);
    }
    if (line->type.size > 0) {
        buf_char(out, ' ');
        text_clean(out, line->type);
    }
    buf_str(out, ": ");
    record_data(line->data, true, out);
    buf_char(out, '\n');
}

void record_text(struct epoch epoch, const struct entry *entry, const struct record *record,
                 struct buf *out)
{
    char id[EVENT_ID_SIZE];
    const struct record_line line = {.time_ms = entry->time_ms,
                                     .id = slice_of(id, event_id_format(epoch, entry->offset, id)),
                                     .topics = record->topics,
                                     .topic_count = record->topic_count,
                                     .type = record->type,
                                     .data = record->data,
                                     .publisher_id = record->id,
                                     .is_private = (record->flags & RECORD_PRIVATE) != 0};

    record_line_text(&line, out);
}

static void put_member(const char *name, struct slice text, struct buf *out)
{
    if (text.data == NULL)
        return;
    buf_printf(out, ",\"%s\":", name);
    buf_json_string(out, text);
}

void record_json(struct epoch epoch, const struct entry *entry, const struct record *record,
                 struct buf *out)
{
    char id[EVENT_ID_SIZE];

    (void)event_id_format(epoch, entry->offset, id);
    buf_printf(out, "{\"id\":\"%s\",\"offset\":%" PRIu64 ",\"time\":%" PRIu64 ",\"topics\":[", id,
               entry->offset, entry->time_ms);
    for (size_t i = 0; i < record->topic_count; i++) {
        if (i > 0)
            buf_char(out, ',');
        buf_json_string(out, record->topics[i]);
    }
    buf_str(out, "],\"data\":");
    buf_json_string(out, record->data);
    put_member("type", record->type, out);
    put_member("publisher_id", record->id, out);
    if (record->flags & RECORD_PRIVATE)
        buf_str(out, ",\"private\":true");
    if (record->ttl_ms > 0)
        buf_printf(out, ",\"ttl\":%" PRIu64, record->ttl_ms / 1000);
    buf_str(out, "}\n");
}
