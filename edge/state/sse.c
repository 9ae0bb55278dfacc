/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/state/sse.h"

static void put_id(struct buf *out, struct epoch epoch, uint64_t offset)
{
    char id[EVENT_ID_SIZE];
    size_t size = event_id_format(epoch, offset, id);

    id[size++] = '\n';
    buf_append(out, "id: ", 4);
    buf_append(out, id, size);
}

static void put_line(struct buf *out, const char *data, size_t size)
{
    buf_append(out, "data: ", 6);
    buf_append(out, data, size);
    buf_char(out, '\n');
}

/* Returns the index of the first byte `c` from `at` on, or the end. `known` is the result of the
 * last call, so that each byte is examined once. */
static size_t next_of(struct slice data, size_t at, char c, size_t known)
{
    const char *found;

    if (known != SIZE_MAX && known >= at)
        return known;
    found = memchr(data.data + at, c, data.size - at);
    return found == NULL ? data.size : (size_t)(found - data.data);
}

static void put_data(struct buf *out, struct slice data)
{
    size_t lf = SIZE_MAX;
    size_t cr = SIZE_MAX;
    size_t at = 0;

    while (at < data.size) {
        size_t end;

        lf = next_of(data, at, '\n', lf);
        cr = next_of(data, at, '\r', cr);
        end = lf < cr ? lf : cr;
        put_line(out, data.data + at, end - at);
        if (end == data.size)
            return;
        at = end + (end + 1 == lf ? 2 : 1); /* CR LF is one line end */
    }
    put_line(out, "", 0); /* no data, or data that ends with a line end */
}

static void put_fields(struct buf *out, const struct record *record)
{
    if (record->type.size > 0) {
        buf_append(out, "event: ", 7);
        buf_slice(out, record->type);
        buf_char(out, '\n');
    }
    if (record->retry_ms > 0) {
        buf_append(out, "retry: ", 7);
        buf_u64(out, record->retry_ms);
        buf_char(out, '\n');
    }
}

void sse_record(struct buf *out, struct epoch epoch, uint64_t offset, const struct record *record)
{
    put_fields(out, record);
    put_id(out, epoch, offset);
    put_data(out, record->data);
    buf_char(out, '\n');
}

void sse_record_as_published(struct buf *out, const struct record *record)
{
    put_fields(out, record);
    buf_append(out, "id: ", 4);
    buf_slice(out, record->id);
    buf_char(out, '\n');
    put_data(out, record->data);
    buf_char(out, '\n');
}

struct slice sse_id_line(struct slice event)
{
    const char *line = event.data;
    const char *end = line + event.size;

    /* `event:` and `retry:` come before it, one line each; their values have no line ends. */
    while (end - line > 4 && memcmp(line, "id: ", 4) != 0)
        line = (const char *)memchr(line, '\n', (size_t)(end - line)) + 1;
    return slice_of(line,
                    (size_t)((const char *)memchr(line, '\n', (size_t)(end - line)) + 1 - line));
}

void sse_ephemeral(struct buf *out, const struct record *record)
{
    put_fields(out, record);
    put_data(out, record->data);
    buf_char(out, '\n');
}

void sse_position(struct buf *out, struct epoch epoch, uint64_t offset)
{
    put_id(out, epoch, offset);
    buf_char(out, '\n');
}

void sse_heartbeat(struct buf *out)
{
    buf_append(out, ":\n\n", 3);
}

void sse_gap(struct buf *out, const char *reason, struct epoch epoch, uint64_t oldest,
             uint64_t head, uint64_t position)
{
    char oldest_id[EVENT_ID_SIZE];
    char head_id[EVENT_ID_SIZE];

    (void)event_id_format(epoch, oldest, oldest_id);
    (void)event_id_format(epoch, head, head_id);
    buf_str(out, "event: belfry.gap\n");
    put_id(out, epoch, position);
    buf_printf(out, "data: {\"reason\":\"%s\",\"oldest\":\"%s\",\"head\":\"%s\"}\n\n", reason,
               oldest_id, head_id);
}

void sse_presence(struct buf *out, const struct wire_presence *presence)
{
    buf_str(out, "event: belfry.presence\ndata: {\"topic\":");
    buf_json_string(out, presence->topic);
    buf_str(out, presence->joined ? ",\"event\":\"join\",\"member\":"
                                  : ",\"event\":\"leave\",\"member\":");
    buf_json_string(out, presence->member);
    if (presence->payload.size > 0) {
        buf_str(out, ",\"payload\":");
        buf_slice(out, presence->payload);
    }
    buf_str(out, ",\"count\":");
    buf_u64(out, presence->count);
    buf_str(out, "}\n\n");
}

void sse_hello(struct buf *out, const char *session, struct epoch epoch, uint64_t head)
{
    char id[EVENT_ID_SIZE];

    (void)event_id_format(epoch, head, id);
    buf_printf(
        out, "event: belfry.hello\ndata: {\"session\":\"%s\",\"epoch\":\"%s\",\"head\":\"%s\"}\n\n",
        session, epoch.text, id);
}

void sse_sync(struct buf *out, struct epoch epoch, uint64_t position)
{
    char id[EVENT_ID_SIZE];

    (void)event_id_format(epoch, position, id);
    buf_printf(out, "event: belfry.sync\ndata: {\"position\":\"%s\"}\n\n", id);
}
