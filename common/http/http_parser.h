/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_COMMON_HTTP_HTTP_PARSER_H
#define BELFRY_COMMON_HTTP_HTTP_PARSER_H

/* HTTP/1.0 and 1.1 requests from bytes that come in any pieces (RFC 9112). One parser reads one
 * request after the other and says how many bytes each took, so that pipelined requests stay with
 * the caller.
 *
 * It is stricter than most: no obs-fold, no bare CR or LF, no HTTP/0.9, no HTTP/1.0 with
 * Transfer-Encoding, exactly one space on each side of the target, exactly one Host, no two
 * lengths, and no transfer coding but a lone `chunked`. Every part has a limit.
 *
 * Parser and text are a block of their own: destroy it when a connection becomes a stream or
 * idles. */

#include "common/base/err.h"
#include "common/base/slice.h"
#include "common/http/http_limits.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct http_header {
    struct slice name;
    struct slice value; /* without white space around it */
};

/* A request. Everything points into the parser: valid until the next http_parser_feed(),
 * http_parser_next() or http_parser_destroy(). */
struct http_message {
    struct slice method; /* "GET"; one that the parser knows */
    struct slice target; /* as it was sent */
    unsigned minor;      /* HTTP/1.minor: 0 or 1 */
    bool keep_alive;     /* the client lets the connection live after this request */
    bool expects_continue;
    const struct http_header *headers; /* in the order of arrival */
    size_t header_count;
    struct slice body; /* decoded; empty until HTTP_EVENT_DONE */
};

enum http_event {
    HTTP_EVENT_MORE, /* all bytes taken, the request is not complete */
    /* the head is complete and a body follows: look at it (100 Continue? refuse?), then feed on */
    HTTP_EVENT_HEAD,
    HTTP_EVENT_DONE, /* the request is complete */
    /* see http_parser_problem(); only http_parser_destroy() may be called from here */
    HTTP_EVENT_BAD,
};

struct http_parser;

/* `limits` must outlive the parser. */
struct http_parser *http_parser_create(const struct http_limits *limits);
void http_parser_destroy(struct http_parser *h); /* takes NULL */

/* Takes bytes. A head is parsed when it is complete: until then only what is no clean line, or too
 * much, is refused. *out_used of the bytes are this request's; the others are fed again after
 * HTTP_EVENT_HEAD, and belong to the next request after HTTP_EVENT_DONE. */
enum http_event http_parser_feed(struct http_parser *h, struct slice bytes, size_t *out_used);

/* After HTTP_EVENT_HEAD and HTTP_EVENT_DONE. */
const struct http_message *http_parser_message(const struct http_parser *h);

/* After HTTP_EVENT_BAD. */
struct http_problem http_parser_problem(const struct http_parser *h);

/* After HTTP_EVENT_DONE: gets ready for the next request. */
void http_parser_next(struct http_parser *h);

/* The first header of that name (any case), or absent. */
struct slice http_header_named(const struct http_message *message, struct slice name);

/* The same by a string: a literal's length is then known when this is compiled. */
static inline struct slice http_header(const struct http_message *message, const char *name)
{
    return http_header_named(message, slice_str(name));
}

#endif
