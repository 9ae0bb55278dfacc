/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_CTL_LIB_HTTP_REPLY_H
#define BELFRY_BROKER_CTL_LIB_HTTP_REPLY_H

/* An HTTP/1 response from bytes that come in any pieces: status, headers, and the body without its
 * framing. Interim responses (1xx) are passed over. Opaque; over llhttp. */

#include "common/base/buf.h"
#include "common/base/err.h"
#include "common/base/slice.h"

#include <stdbool.h>
#include <stddef.h>

#define HTTP_REPLY_HEAD_MAX 65536 /* bytes of a head */

struct http_reply;

/* `body_max`: bytes of body that wait to be taken. */
struct http_reply *http_reply_create(size_t body_max);
void http_reply_destroy(struct http_reply *r); /* takes NULL */

/* Takes bytes. ERR_MALFORMED: this is no HTTP/1; ERR_TOO_LARGE: the head, or a body that nobody
 * takes. */
MUST_CHECK enum err http_reply_feed(struct http_reply *r, struct slice bytes);

/* The connection was closed. ERR_CLOSED: in the middle of the response. */
MUST_CHECK enum err http_reply_end(struct http_reply *r);

bool http_reply_has_head(const struct http_reply *r);
bool http_reply_done(const struct http_reply *r);

/* These when there is a head. */
int http_reply_status(const struct http_reply *r);

/* The first header of that name (any case), or absent. */
struct slice http_reply_header(const struct http_reply *r, const char *name);

/* What has come of the body; the caller consumes it. */
struct buf *http_reply_body(struct http_reply *r);

#endif
