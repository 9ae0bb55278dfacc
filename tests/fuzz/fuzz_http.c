/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

/* Any bytes as a sequence of requests, complete and in pieces. Nothing is read or written out of
 * bounds, the result does not depend on how the bytes were split, and what the parser accepts keeps
 * the promises of its header. */

#include "common/base/buf.h"
#include "common/http/http_parser.h"
#include "edge/http/request.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Tight limits, so that short inputs reach them. Some count spans of bytes, so the reason for
 * which a bad request is refused may depend on the split. */
static const struct http_limits tight = {
    .line = 200,
    .header_bytes = 400,
    .header_count = 8,
    .body = 300,
    .chunk_extensions = 30,
    .trailers = 60,
};

static const struct http_limits wide = {
    .line = 200,
    .header_bytes = 400,
    .header_count = 8,
    .body = 300,
    .chunk_extensions = 1 << 20,
    .trailers = 1 << 20,
};

static void expect(bool right)
{
    if (!right)
        abort();
}

static void check_message(const struct http_limits *limits, const struct http_message *m)
{
    struct target target;
    struct form form;

    expect(m->minor <= 1 && m->method.size > 0);
    expect(m->header_count <= limits->header_count && m->body.size <= limits->body);
    expect(m->target.size <= limits->line);
    for (size_t i = 0; i < m->header_count; i++) {
        const struct http_header *h = &m->headers[i];

        expect(h->name.size > 0);
        for (size_t k = 0; k < h->value.size; k++)
            expect(h->value.data[k] != '\r' && h->value.data[k] != '\n' &&
                   h->value.data[k] != '\0');
    }
    if (target_parse(m->target, &target) == OK && form_parse(target.query, &form) == OK)
        form_clear(&form);
    if (form_parse(m->body, &form) == OK)
        form_clear(&form);
}

/* Reads requests in pieces of `piece` bytes, and writes what they were to `out`. */
static void run(const struct http_limits *limits, struct slice bytes, size_t piece, struct buf *out)
{
    struct http_parser *h = http_parser_create(limits);
    size_t at = 0;

    while (at < bytes.size) {
        size_t left = bytes.size - at;
        size_t used = 0;
        enum http_event event =
            http_parser_feed(h, slice_of(bytes.data + at, left < piece ? left : piece), &used);

        expect(used <= left);
        at += used;
        if (event == HTTP_EVENT_BAD) {
            expect(http_parser_problem(h).status >= 400 && http_parser_problem(h).detail != NULL);
            buf_str(out, "bad");
            break;
        }
        if (event == HTTP_EVENT_DONE) {
            const struct http_message *m = http_parser_message(h);

            check_message(limits, m);
            buf_printf(out, "%zu:", at);
            buf_slice(out, m->method);
            buf_slice(out, m->target);
            buf_slice(out, m->body);
            http_parser_next(h);
        }
    }
    http_parser_destroy(h);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice bytes = slice_of(data, size);
    struct buf whole;
    struct buf pieces;

    buf_init(&whole, 1 << 20);
    run(&wide, bytes, size == 0 ? 1 : size, &whole);
    for (size_t piece = 1; piece <= 7; piece += 3) {
        buf_init(&pieces, 1 << 20);
        run(&wide, bytes, piece, &pieces);
        expect(slice_equal(buf_all(&whole), buf_all(&pieces)));
        buf_clear(&pieces);
    }
    buf_reset(&whole);
    run(&tight, bytes, 5, &whole);
    buf_clear(&whole);
    return 0;
}
