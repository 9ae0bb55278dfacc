/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/ctl/lib/http_response.h"

#include "common/base/mem.h"

#include <assert.h>
#include <llhttp.h>
#include <stdint.h>

struct http_response {
    llhttp_t parser;
    llhttp_settings_t settings;
    struct buf head; /* each header as name ':' value '\n' */
    struct buf body;
    bool in_value;
    bool has_head;
    bool done;
    bool too_large;
    int status;
};

static int grown(struct http_response *r, const struct buf *b)
{
    r->too_large = r->too_large || !buf_ok(b);
    return buf_ok(b) ? 0 : -1;
}

/* Adds a piece of a header's name. llhttp calls on_field() with the pieces of a name, then
 * on_value() with those of its value. */
static int on_field(llhttp_t *parser, const char *at, size_t size)
{
    struct http_response *r = parser->data;

    if (r->in_value)
        buf_char(&r->head, '\n');
    r->in_value = false;
    buf_append(&r->head, at, size);
    return grown(r, &r->head);
}

static int on_value(llhttp_t *parser, const char *at, size_t size)
{
    struct http_response *r = parser->data;

    if (!r->in_value)
        buf_char(&r->head, ':');
    r->in_value = true;
    buf_append(&r->head, at, size);
    return grown(r, &r->head);
}

static int on_headers_complete(llhttp_t *parser)
{
    struct http_response *r = parser->data;

    if (r->in_value)
        buf_char(&r->head, '\n');
    r->in_value = false;
    if (parser->status_code < 200)
        return 0;
    r->status = parser->status_code;
    r->has_head = true;
    return 0;
}

static int on_body(llhttp_t *parser, const char *at, size_t size)
{
    struct http_response *r = parser->data;

    buf_append(&r->body, at, size);
    return grown(r, &r->body);
}

static int on_complete(llhttp_t *parser)
{
    struct http_response *r = parser->data;

    if (parser->status_code < 200 && parser->status_code != 101) {
        buf_reset(&r->head);
        return 0;
    }
    r->done = true;
    return HPE_PAUSED;
}

struct http_response *http_response_create(size_t body_max)
{
    struct http_response *r = mem_alloc(sizeof *r);

    buf_init(&r->head, HTTP_RESPONSE_HEAD_MAX);
    buf_init(&r->body, body_max);
    llhttp_settings_init(&r->settings);
    r->settings.on_header_field = on_field;
    r->settings.on_header_value = on_value;
    r->settings.on_headers_complete = on_headers_complete;
    r->settings.on_body = on_body;
    r->settings.on_message_complete = on_complete;
    llhttp_init(&r->parser, HTTP_RESPONSE, &r->settings);
    r->parser.data = r;
    return r;
}

void http_response_destroy(struct http_response *r)
{
    if (r == NULL)
        return;
    buf_clear(&r->head);
    buf_clear(&r->body);
    mem_free(r);
}

enum err http_response_feed(struct http_response *r, struct slice bytes)
{
    llhttp_errno_t code;

    if (r->done || bytes.size == 0)
        return OK;
    code = llhttp_execute(&r->parser, bytes.data, bytes.size);
    if (code == HPE_OK || r->done)
        return OK;
    return r->too_large ? ERR_TOO_LARGE : ERR_MALFORMED;
}

enum err http_response_end(struct http_response *r)
{
    if (!r->done && r->has_head && llhttp_message_needs_eof(&r->parser))
        r->done = true;
    return r->done ? OK : ERR_CLOSED;
}

bool http_response_has_head(const struct http_response *r)
{
    return r->has_head;
}

bool http_response_done(const struct http_response *r)
{
    return r->done;
}

int http_response_status(const struct http_response *r)
{
    assert(r->has_head);
    return r->status;
}

/* Removes the white space that llhttp leaves after a value. */
static struct slice trimmed(struct slice value)
{
    while (value.size > 0 &&
           (value.data[value.size - 1] == ' ' || value.data[value.size - 1] == '\t'))
        value.size--;
    return value;
}

struct slice http_response_header(const struct http_response *r, const char *name)
{
    struct slice rest = buf_all(&r->head);

    assert(r->has_head);
    while (rest.size > 0) {
        const char *end = memchr(rest.data, '\n', rest.size);
        size_t size = end == NULL ? rest.size : (size_t)(end - rest.data);
        const char *colon = memchr(rest.data, ':', size);

        if (colon != NULL &&
            slice_equal_nocase(slice_of(rest.data, (size_t)(colon - rest.data)), slice_str(name)))
            return trimmed(slice_of(colon + 1, size - (size_t)(colon + 1 - rest.data)));
        if (end == NULL)
            break;
        rest = slice_of(end + 1, rest.size - size - 1);
    }
    return (struct slice){NULL, 0};
}

struct buf *http_response_body(struct http_response *r)
{
    return &r->body;
}
