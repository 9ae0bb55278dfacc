/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_CTL_LIB_HTTP_RESPONSE_H
#define BELFRY_BROKER_CTL_LIB_HTTP_RESPONSE_H

/* An HTTP/1 response from bytes that come in any pieces: status, headers, and the body without its
 * framing. Interim responses (1xx) are passed over. Opaque; over llhttp. */

#include "common/base/buf.h"
#include "common/base/err.h"
#include "common/base/slice.h"

#include <stdbool.h>
#include <stddef.h>

#define HTTP_RESPONSE_HEAD_MAX 65536 /* bytes of a head */

struct http_response;

/* `body_max`: bytes of body that wait to be taken. */
struct http_response *http_response_create(size_t body_max);
void http_response_destroy(struct http_response *r); /* takes NULL */

/* Takes bytes. ERR_MALFORMED: this is no HTTP/1; ERR_TOO_LARGE: the head, or a body that nobody
 * takes. */
MUST_CHECK enum err http_response_feed(struct http_response *r, struct slice bytes);

/* The connection was closed. ERR_CLOSED: in the middle of the response. */
MUST_CHECK enum err http_response_end(struct http_response *r);

bool http_response_has_head(const struct http_response *r);
bool http_response_done(const struct http_response *r);

/* These when there is a head. */
int http_response_status(const struct http_response *r);

/* The first header of that name (any case), or absent. */
struct slice http_response_header(const struct http_response *r, const char *name);

/* What has come of the body; the caller consumes it. */
struct buf *http_response_body(struct http_response *r);

#endif
