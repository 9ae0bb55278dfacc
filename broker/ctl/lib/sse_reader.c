/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/ctl/lib/sse_reader.h"

#include "common/base/number.h"

#include <string.h>

void sse_reader_init(struct sse_reader *r, size_t limit)
{
    *r = (struct sse_reader){.begun = false};
    buf_init(&r->input, 2 * limit);
    buf_init(&r->data, limit);
    buf_init(&r->type, limit);
    buf_init(&r->id, limit);
    buf_init(&r->last_id, limit);
}

void sse_reader_clear(struct sse_reader *r)
{
    buf_clear(&r->input);
    buf_clear(&r->data);
    buf_clear(&r->type);
    buf_clear(&r->id);
    buf_clear(&r->last_id);
}

void sse_reader_restart(struct sse_reader *r)
{
    buf_reset(&r->input);
    buf_reset(&r->data);
    buf_reset(&r->type);
    buf_reset(&r->id);
    buf_slice(&r->id, buf_all(&r->last_id));
    r->has_data = false;
    r->given = false;
    r->begun = false;
    r->after_cr = false;
    r->too_large = false;
}

void sse_reader_feed(struct sse_reader *r, struct slice bytes)
{
    buf_slice(&r->input, bytes);
    if (!buf_ok(&r->input))
        r->too_large = true;
}

/* Finds the next line of the input. If a CR is the last byte, its LF may still arrive: it is
 * skipped later. */
static bool next_line(struct sse_reader *r, size_t *out_size, size_t *out_used)
{
    const char *data = r->input.data;
    size_t size = 0;

    while (size < r->input.size && data[size] != '\n' && data[size] != '\r')
        size++;
    if (size == r->input.size)
        return false;
    r->after_cr = data[size] == '\r';
    *out_size = size;
    *out_used = size + 1;
    return true;
}

static void set(struct buf *b, struct slice text)
{
    buf_reset(b);
    buf_slice(b, text);
}

static void take_field(struct sse_reader *r, struct slice name, struct slice value)
{
    uint64_t number;

    if (slice_equal(name, SLICE("data"))) {
        if (r->has_data)
            buf_char(&r->data, '\n');
        r->has_data = true;
        buf_slice(&r->data, value);
    } else if (slice_equal(name, SLICE("event"))) {
        set(&r->type, value);
    } else if (slice_equal(name, SLICE("id"))) {
        if (value.size == 0 || memchr(value.data, '\0', value.size) == NULL)
            set(&r->id, value);
    } else if (slice_equal(name, SLICE("retry"))) {
        if (number_parse(value, UINT32_MAX, &number) == OK)
            r->retry_ms = number;
    }
}

static void take_line(struct sse_reader *r, struct slice line)
{
    const char *colon = memchr(line.data, ':', line.size);
    struct slice name = line;
    struct slice value = {"", 0};

    if (colon == line.data) {
        r->comments++;
        return;
    }
    if (colon != NULL) {
        name.size = (size_t)(colon - line.data);
        value = slice_of(colon + 1, line.size - name.size - 1);
        if (value.size > 0 && value.data[0] == ' ')
            value = slice_of(value.data + 1, value.size - 1);
    }
    take_field(r, name, value);
}

/* Handles an empty line. Returns true if it ends an event. */
static bool complete(struct sse_reader *r, struct sse_event *out)
{
    set(&r->last_id, buf_all(&r->id));
    if (!r->has_data)
        return false;
    *out =
        (struct sse_event){.type = r->type.size > 0 ? buf_all(&r->type) : SLICE("message"),
                           .id = buf_all(&r->last_id),
                           .data = slice_of(r->data.size == 0 ? "" : r->data.data, r->data.size)};
    return true;
}

/* Discards the event that was returned last. */
static void forget_event(struct sse_reader *r)
{
    if (!r->given)
        return;
    r->given = false;
    r->has_data = false;
    r->too_large = r->too_large || !buf_ok(&r->data) || !buf_ok(&r->type) || !buf_ok(&r->id);
    buf_reset(&r->data);
    buf_reset(&r->type);
}

static void skip_mark(struct sse_reader *r)
{
    if (r->begun || r->input.size == 0)
        return;
    if (r->input.size < 3 && r->input.data[0] == '\xef')
        return;
    if (r->input.size >= 3 && memcmp(r->input.data, "\xef\xbb\xbf", 3) == 0)
        buf_consume(&r->input, 3);
    r->begun = true;
}

bool sse_reader_next(struct sse_reader *r, struct sse_event *out)
{
    size_t size;
    size_t used;

    forget_event(r);
    for (;;) {
        if (r->after_cr && r->input.size > 0) {
            if (r->input.data[0] == '\n')
                buf_consume(&r->input, 1);
            r->after_cr = false;
        }
        skip_mark(r);
        if (r->input.size == 0 || !next_line(r, &size, &used))
            break;
        if (size == 0) {
            bool event = complete(r, out);

            buf_consume(&r->input, used);
            r->given = true;
            if (event)
                return true;
            forget_event(r);
            continue;
        }
        take_line(r, slice_of(r->input.data, size));
        buf_consume(&r->input, used);
    }
    return false;
}
