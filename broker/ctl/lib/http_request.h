/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_CTL_LIB_HTTP_REQUEST_H
#define BELFRY_BROKER_CTL_LIB_HTTP_REQUEST_H

/* Where an edge's HTTP is, of the URL that people write: http://127.0.0.1:8080,
 * https://example.org/hub. Pure. */

#include "common/base/buf.h"
#include "common/base/err.h"
#include "common/base/slice.h"

#include <stdbool.h>
#include <stddef.h>

#define HTTP_TARGET_HOST_SIZE 256
#define HTTP_TARGET_PATH_SIZE 1024

struct http_target {
    bool tls;
    char host[HTTP_TARGET_HOST_SIZE]; /* to connect to: without the brackets of IPv6 */
    char port[8];
    char authority[HTTP_TARGET_HOST_SIZE + 16]; /* for the Host header */
    char path[HTTP_TARGET_PATH_SIZE]; /* what stands before "/subscribe": "" or "/prefix" */
};

#define HTTP_TARGET_REASON_SIZE 160

/* A URL without a scheme is http. ERR_INVALID with a reason: no such URL, another scheme, a
 * query. */
MUST_CHECK enum err http_target_parse(const char *url, struct http_target *out,
                                      char reason[HTTP_TARGET_REASON_SIZE]);

/* Appends "&name=value" (or without the & when it is the first), percent-encoded: for queries and
 * forms. */
void http_request_field(struct buf *out, const char *name, struct slice value);

/* A request: head and body. */
struct http_request {
    const char *method;
    const char *path;   /* behind the target's own */
    struct slice query; /* encoded; empty: none */
    const char *type;   /* of the body; NULL: there is none */
    struct slice body;
    struct slice token;  /* for Authorization; empty: none */
    const char *headers; /* more lines, each with CR LF; or NULL */
};

/* Appends the request's bytes. What is in `token` has no line ends (http_request_token()). */
void http_request_write(struct buf *out, const struct http_target *target,
                        const struct http_request *request);

/* The token of a text from outside, without white space around it. ERR_INVALID: it can't stand in a
 * header. */
MUST_CHECK enum err http_request_token(struct slice text, struct slice *out);

#endif
