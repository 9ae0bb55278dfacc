/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_CTL_LIB_HTTP_RESPONSE_H
#define BELFRY_BROKER_CTL_LIB_HTTP_RESPONSE_H

/* Parses an HTTP/1 response that arrives in pieces of any size. The body comes without its framing;
 * interim responses (1xx) are skipped. Opaque; it wraps llhttp. */

#include "common/base/buf.h"
#include "common/base/err.h"
#include "common/base/slice.h"

#include <stdbool.h>
#include <stddef.h>

#define HTTP_RESPONSE_HEAD_MAX 65536 /* bytes of a head */

struct http_response;

/* `body_max` is the maximum number of body bytes that wait to be consumed. */
struct http_response *http_response_create(size_t body_max);
void http_response_destroy(struct http_response *r); /* NULL is allowed */

/* Parses bytes. Returns ERR_MALFORMED if they are not HTTP/1, ERR_TOO_LARGE if the head or the
 * waiting part of the body is too large. */
MUST_CHECK enum err http_response_feed(struct http_response *r, struct slice bytes);

/* Ends the response when the connection is closed. Returns ERR_CLOSED if it is incomplete. */
MUST_CHECK enum err http_response_end(struct http_response *r);

bool http_response_has_head(const struct http_response *r);
bool http_response_done(const struct http_response *r);

/* The next two functions may be called only when there is a head. The header is the first of that
 * name, in any case, or absent. */
int http_response_status(const struct http_response *r);
struct slice http_response_header(const struct http_response *r, const char *name);

/* Returns the part of the body that has arrived; the caller consumes it. */
struct buf *http_response_body(struct http_response *r);

#endif
