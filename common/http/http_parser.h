/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_COMMON_HTTP_HTTP_PARSER_H
#define BELFRY_COMMON_HTTP_HTTP_PARSER_H

/* Parses HTTP/1.0 and HTTP/1.1 requests from chunks of bytes of any size (RFC 9112). A parser reads
 * one request after the other and returns the number of bytes that belong to each, so the caller
 * keeps pipelined requests.
 *
 * It is stricter than most: no obs-fold, no bare CR or LF, no HTTP/0.9, no HTTP/1.0 with
 * Transfer-Encoding, exactly one space on each side of the target, exactly one Host, no two
 * lengths, and no transfer coding other than a single `chunked`. Every part has a limit.
 *
 * A parser needs up to 18 KiB besides the body. Destroy it when a connection becomes a stream or
 * idles. */

#include "common/base/err.h"
#include "common/base/slice.h"
#include "common/http/http_limits.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct http_header {
    struct slice name;
    struct slice value; /* without surrounding white space */
};

/* A request. Everything points into the parser: valid until the next http_parser_feed(),
 * http_parser_next() or http_parser_destroy(). */
struct http_message {
    struct slice method;   /* "GET"; only methods that llhttp knows */
    struct slice target;   /* as sent */
    unsigned minor;        /* HTTP/1.minor: 0 or 1 */
    bool keep_alive;       /* the connection may be used for another request */
    bool expects_continue; /* the client waits for 100 Continue before it sends the body */
    const struct http_header *headers; /* in the order received */
    size_t header_count;
    struct slice body; /* decoded; empty until HTTP_EVENT_DONE */
};

enum http_event {
    HTTP_EVENT_MORE, /* all bytes were used; the request is not complete */
    /* the head is complete and a body follows: check it (100 Continue, reject), then feed more */
    HTTP_EVENT_HEAD,
    HTTP_EVENT_DONE, /* the request is complete */
    /* the request is invalid: call http_parser_problem(), then only http_parser_destroy() */
    HTTP_EVENT_BAD,
};

struct http_parser;

/* Creates a parser. `limits` must outlive it. */
struct http_parser *http_parser_create(const struct http_limits *limits);
void http_parser_destroy(struct http_parser *h); /* NULL is allowed */

/* Parses bytes. The head is parsed when it is complete; before that, only malformed lines and
 * exceeded limits are rejected. *out_used is the number of bytes that belong to this request. Feed
 * the others again after HTTP_EVENT_HEAD; after HTTP_EVENT_DONE they belong to the next request. */
enum http_event http_parser_feed(struct http_parser *h, struct slice bytes, size_t *out_used);

/* Returns the request; only after HTTP_EVENT_HEAD and HTTP_EVENT_DONE. */
const struct http_message *http_parser_message(const struct http_parser *h);

/* Returns the error; only after HTTP_EVENT_BAD. */
struct http_problem http_parser_problem(const struct http_parser *h);

/* Prepares for the next request; only after HTTP_EVENT_DONE. */
void http_parser_next(struct http_parser *h);

/* Returns the value of the first header with this name, in any case, or absent. */
struct slice http_header_named(const struct http_message *message, struct slice name);

/* Does the same for a name that is a string; inline, so that the length of a literal is a
 * constant. */
static inline struct slice http_header(const struct http_message *message, const char *name)
{
    return http_header_named(message, slice_str(name));
}

#endif
