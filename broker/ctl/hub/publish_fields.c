/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

/* Makes the request bodies of `belfry publish`: a form, or a line of NDJSON. */

#include "broker/ctl/hub/publish.h"

#include "broker/ctl/lib/http_request.h"
#include "common/base/utf8.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static bool is_set(const char *text)
{
    return text[0] != '\0';
}

static bool compares(const struct publish_fields *f)
{
    return strcmp(f->if_last, "any") != 0;
}

static const char *last_of(const struct publish_fields *f)
{
    return strcmp(f->if_last, "none") == 0 ? "" : f->if_last;
}

static void form_number(struct buf *out, const char *name, uint64_t number)
{
    char text[24];

    if (number == 0)
        return;
    (void)snprintf(text, sizeof text, "%" PRIu64, number);
    http_request_field(out, name, slice_str(text));
}

void publish_form(const struct publish_fields *f, struct slice data, struct buf *out)
{
    for (size_t i = 0; i < f->topic_count; i++)
        http_request_field(out, "topic", slice_str(f->topics[i]));
    http_request_field(out, "data", data);
    if (is_set(f->type))
        http_request_field(out, "type", slice_str(f->type));
    if (is_set(f->id))
        http_request_field(out, "id", slice_str(f->id));
    form_number(out, "retry", f->retry_ms);
    form_number(out, "ttl", f->ttl_ms / 1000);
    if (compares(f))
        http_request_field(out, "if_last", slice_str(last_of(f)));
    if (f->is_private)
        http_request_field(out, "private", SLICE("1"));
    if (f->ephemeral)
        http_request_field(out, "ephemeral", SLICE("1"));
}

static void json_text(struct buf *out, const char *name, const char *value)
{
    if (!is_set(value))
        return;
    buf_printf(out, ",\"%s\":", name);
    buf_json_string(out, slice_str(value));
}

static void json_number(struct buf *out, const char *name, uint64_t number)
{
    if (number > 0)
        buf_printf(out, ",\"%s\":%" PRIu64, name, number);
}

/* Appends neither an id, which only one record can have, nor if_last, which is for a single
 * record. */
void publish_line(const struct publish_fields *f, struct slice data, struct buf *out)
{
    assert(utf8_valid(data));
    buf_str(out, "{\"topic\":[");
    for (size_t i = 0; i < f->topic_count; i++) {
        if (i > 0)
            buf_char(out, ',');
        buf_json_string(out, slice_str(f->topics[i]));
    }
    buf_str(out, "],\"data\":");
    buf_json_string(out, data);
    json_text(out, "type", f->type);
    json_number(out, "retry", f->retry_ms);
    json_number(out, "ttl", f->ttl_ms / 1000);
    if (f->is_private)
        buf_str(out, ",\"private\":true");
    if (f->ephemeral)
        buf_str(out, ",\"ephemeral\":true");
    buf_str(out, "}\n");
}

bool publish_next_line(struct slice *text, bool last, struct slice *out)
{
    const char *end = text->size == 0 ? NULL : memchr(text->data, '\n', text->size);
    size_t size = end == NULL ? text->size : (size_t)(end - text->data);
    size_t used = end == NULL ? size : size + 1;

    if (end == NULL && (!last || text->size == 0))
        return false;
    *out = slice_of(text->data, size);
    if (size > 0 && text->data[size - 1] == '\r')
        out->size--;
    *text = slice_of(text->data + used, text->size - used);
    return true;
}
