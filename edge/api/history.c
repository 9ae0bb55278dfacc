/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/api/history.h"

#include "common/wire/event_id.h"
#include "common/wire/wire.h"

#include <assert.h>
#include <inttypes.h>

static void write_cursor(const char *name, struct epoch epoch, uint64_t offset, struct buf *out)
{
    char id[EVENT_ID_SIZE];

    (void)event_id_format(epoch, offset, id);
    buf_printf(out, ",\"%s\":\"%s\"", name, id);
}

static void write_topics(const struct record *record, struct buf *out)
{
    buf_str(out, ",\"topics\":[");
    for (size_t i = 0; i < record->topic_count; i++) {
        if (i > 0)
            buf_char(out, ',');
        buf_json_string(out, record->topics[i]);
    }
    buf_char(out, ']');
}

static void write_text(const char *name, struct slice text, struct buf *out)
{
    buf_printf(out, ",\"%s\":", name);
    buf_json_string(out, text);
}

static void write_record(const struct edge_page_action *page, const struct entry *entry,
                         const struct record *record, struct buf *out)
{
    char id[EVENT_ID_SIZE];

    (void)event_id_format(page->epoch, entry->offset, id);
    buf_printf(out, "{\"id\":\"%s\",\"offset\":%" PRIu64 ",\"time\":%" PRIu64, id, entry->offset,
               entry->time_ms);
    write_topics(record, out);
    write_text("data", record->data, out);
    if (record->type.data != NULL)
        write_text("type", record->type, out);
    if (record->id.data != NULL)
        write_text("publisher_id", record->id, out);
    if (record->flags & RECORD_PRIVATE)
        buf_str(out, ",\"private\":true");
    buf_char(out, '}');
}

static enum err write_records(const struct pending_query *query,
                              const struct edge_page_action *page, struct wire_decoder *decoder,
                              struct buf *out)
{
    const char *separator = "";

    for (size_t i = 0; i < page->entry_count; i++) {
        const struct entry *entry = &page->entries[i];
        struct slice topics[RECORD_TOPICS_MAX];
        struct record record;

        if (wire_decode_body(decoder, entry->body, topics, &record) != OK)
            return ERR_CORRUPT;
        if (!edge_may_show(query->edge, &record, entry->time_ms, query->grants, query->open))
            continue;
        buf_str(out, separator);
        write_record(page, entry, &record, out);
        separator = ",";
    }
    return OK;
}

/* Returns true if the log may have older records of these topics. */
static bool has_before(const struct pending_query *query, const struct edge_page_action *page)
{
    return page->entry_count > 0 && page->entries[0].offset > page->oldest &&
           (!query->backward || page->cut || page->entry_count == query->limit);
}

enum err history_write(const struct pending_query *query, const struct edge_page_action *page,
                       struct buf *out)
{
    struct wire_decoder *decoder = wire_decoder_create();
    enum err err;

    assert(page->result == OK);
    buf_str(out, "{\"records\":[");
    err = write_records(query, page, decoder, out);
    wire_decoder_destroy(decoder);
    buf_char(out, ']');
    if (has_before(query, page))
        write_cursor("before", page->epoch, page->entries[0].offset, out);
    else
        buf_str(out, ",\"before\":null");
    write_cursor("after", page->epoch, page->next, out);
    write_cursor("oldest", page->epoch, page->oldest, out);
    write_cursor("head", page->epoch, page->head, out);
    buf_str(out, "}\n");
    return err;
}
